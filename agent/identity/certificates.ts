import { createPrivateKey } from 'node:crypto'
import { createCertificateRequest, createKey } from '@/agent/identity/certificate-request'
import {
  checkHostCertificate,
  type Identity,
  parseBundle,
  readPendingKey,
  writeIdentity,
  writePendingKey,
} from '@/agent/identity/identity'
import { HoldfastError } from '@/lib/errors'

/** What the operations `requestCertificate`, `installCertificate` and `info` need of this host's certificate. */
export interface Certificates {
  current(): { serial: string; notAfter: string }
  /** A CSR for a key that waits for its certificate. Asked again, the same key: the first answer may have been lost. */
  request(): { csr: string }
  install(certificate: string, authorities: string): { serial: string; notAfter: string }
}

function summary(identity: Identity): { serial: string; notAfter: string } {
  const leaf = parseBundle(identity.certificate)[0]
  if (!leaf) throw new HoldfastError('internal', 'This host has no certificate.')
  return { serial: leaf.serialNumber.toLowerCase(), notAfter: leaf.validToDate.toISOString() }
}

/** `onChange` puts the new identity to use (the TLS context); it runs after the file is safe on disk. */
export function createCertificates(
  stateDir: string,
  initial: Identity,
  onChange: (identity: Identity) => void,
): Certificates {
  let identity = initial

  return {
    current: () => summary(identity),

    request() {
      let key = readPendingKey(stateDir)
      if (key === null) {
        key = createKey()
        writePendingKey(stateDir, key)
      }
      return { csr: createCertificateRequest(key) }
    },

    install(certificate, authorities) {
      const offered = parseBundle(certificate)[0]
      const installed = parseBundle(identity.certificate)[0]
      const bundle = parseBundle(authorities)
      const pending = readPendingKey(stateDir)
      const isRepeat = offered !== undefined && offered.fingerprint256 === installed?.fingerprint256
      const key = isRepeat ? identity.key : pending
      if (key === null) {
        throw new HoldfastError('invalid_input', 'This host has not asked for a certificate; ask for a request first.')
      }
      const known = new Set(parseBundle(identity.authorities).map((ca) => ca.fingerprint256))
      if (!bundle.some((ca) => known.has(ca.fingerprint256))) {
        throw new HoldfastError(
          'invalid_input',
          'None of the offered CAs is known here. Replace a CA in two steps: first both, then the new one alone.',
        )
      }
      const next: Identity = { ...identity, key, certificate, authorities }
      checkHostCertificate(next, createPrivateKey(key))
      writeIdentity(stateDir, next)
      identity = next
      onChange(next)
      return summary(next)
    },
  }
}
