import { parseBundle } from '@/agent/identity/identity'
import { HoldfastError } from '@/lib/errors'
import { createTestAuthority, hostWishes, type IssuedCertificate, type TestAuthority } from '@/testing/certificates'

export interface ShownCertificate {
  authority: TestAuthority
  hostId: string
  installationId?: string
  /** Which certificate it shows: its own, one that has ended, that of another host, or one of another CA. */
  shows?: 'own' | 'expired' | 'otherHost' | 'otherAuthority'
}

export async function certificateFor(options: ShownCertificate): Promise<IssuedCertificate> {
  const wishes = hostWishes(options.hostId, options.installationId)
  switch (options.shows ?? 'own') {
    case 'own':
      return options.authority.issue(wishes)
    case 'expired':
      return options.authority.issue({ ...wishes, notAfter: new Date(Date.now() - 60_000) })
    case 'otherHost':
      return options.authority.issue(hostWishes(`${options.hostId}x`, options.installationId))
    case 'otherAuthority':
      return (await createTestAuthority()).issue(wishes)
  }
}

export function describeCertificate(pem: string): { serial: string; notAfter: string } {
  const leaf = parseBundle(pem)[0]
  if (!leaf) throw new HoldfastError('invalid_input', 'There is no certificate.')
  return { serial: leaf.serialNumber.toLowerCase(), notAfter: leaf.validToDate.toISOString() }
}
