import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { writeWhole } from '@/agent/host/files/write-file'
import { errorCode } from '@/agent/host/mounting/paths'
import { HoldfastError } from '@/lib/errors'

const NONCE_BYTES = 12
const TAG_BYTES = 16

/** This host's own key (0600 file): seals what the agent must remember across restarts, storage secrets among it. */
export class HostKey {
  readonly #key: Buffer

  private constructor(key: Buffer) {
    this.#key = key
  }

  /**
   * Made at first use. Throws `unavailable` when it is damaged, or missing though there is something that it has `sealed`, and
   * `policy_denied` when others can read the file.
   */
  static open(path: string, sealed?: string): HostKey {
    if (sealed !== undefined && !existsSync(path)) {
      throw new HoldfastError(
        'unavailable',
        `${path} is missing, and ${sealed} can be read with it alone. Restore it from a backup, or move ${sealed} away too and start again.`,
      )
    }
    try {
      writeWhole(path, randomBytes(32), { mode: 0o600, isNew: true, isSynced: true })
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error
    }
    const found = statSync(path)
    if (!found.isFile() || found.size !== 32) {
      throw new HoldfastError(
        'unavailable',
        `${path} is damaged: it is not a host key of 32 bytes. Restore it from a backup, or move it and the journal beside it away and start again.`,
      )
    }
    if ((found.mode & 0o077) !== 0) {
      throw new HoldfastError('policy_denied', `${path} can be read by others; run chmod 600 on it.`)
    }
    return new HostKey(readFileSync(path))
  }

  /** AES-256-GCM; `purpose` binds the text to its place. */
  seal(purpose: string, text: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(purpose))
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
    return Buffer.concat([nonce, sealed, cipher.getAuthTag()])
  }

  /** Throws when it was sealed with another key or for another purpose, or was changed. */
  unseal(purpose: string, sealed: Uint8Array): string {
    const bytes = Buffer.from(sealed)
    const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, NONCE_BYTES))
    decipher.setAAD(Buffer.from(purpose)).setAuthTag(bytes.subarray(-TAG_BYTES))
    const text = bytes.subarray(NONCE_BYTES, -TAG_BYTES)
    return Buffer.concat([decipher.update(text), decipher.final()]).toString('utf8')
  }

  /** Keyed, so that a hash over secrets says nothing to who reads the file. */
  hash(value: unknown): string {
    return createHmac('sha256', this.#key).update(canonical(value)).digest('hex')
  }
}

/** JSON with sorted keys: the same value always gives the same text. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}
