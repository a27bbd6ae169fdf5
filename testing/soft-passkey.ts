import { createHash, createSign, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { isoCBOR } from '@simplewebauthn/server/helpers'

const USER_PRESENT = 0x01
const USER_VERIFIED = 0x04
const HAS_CREDENTIAL = 0x40

interface Asked {
  challenge: string
  rpId: string
  origin: string
}

/** What may be wrong with an answer. */
export interface Odd {
  /** Signs for another site. */
  rpId?: string
  origin?: string
  challenge?: string
  /** It did not ask who uses it. */
  isUnverified?: boolean
  /** Whose key it says this is. */
  userHandle?: string
  /** By its own count; else one more than before. */
  counter?: number
  /** Changes the signature. */
  isForged?: boolean
}

/** A device with one passkey (ES256, no attestation), as a browser hands its answers on. */
export class SoftPasskey {
  readonly id = randomBytes(32).toString('base64url')
  private readonly keys: { publicKey: KeyObject; privateKey: KeyObject }
  private counter = 0
  private readonly userId: string
  /** Some devices do not count. */
  private readonly counts: boolean

  constructor(userId: string, counts = true) {
    this.userId = userId
    this.counts = counts
    this.keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  }

  /** The answer to being made. */
  register(asked: Asked, odd: Odd = {}) {
    const authData = Buffer.concat([this.authenticatorData(asked, odd, HAS_CREDENTIAL), this.credentialData()])
    const attestation = new Map<string, unknown>([
      ['fmt', 'none'],
      ['attStmt', new Map()],
      ['authData', Uint8Array.from(authData)],
    ])
    return {
      ...this.envelope(),
      response: {
        clientDataJSON: clientData('webauthn.create', asked, odd),
        attestationObject: Buffer.from(isoCBOR.encode(attestation as never)).toString('base64url'),
        transports: ['internal'],
      },
    }
  }

  /** The answer at sign-in. */
  signIn(asked: Asked, odd: Odd = {}) {
    if (this.counts) this.counter = odd.counter ?? this.counter + 1
    const authData = this.authenticatorData(asked, odd, 0)
    const clientDataJSON = clientData('webauthn.get', asked, odd)
    const clientHash = createHash('sha256').update(Buffer.from(clientDataJSON, 'base64url')).digest()
    const signature = createSign('sha256')
      .update(Buffer.concat([authData, clientHash, odd.isForged ? Buffer.from('x') : Buffer.alloc(0)]))
      .sign(this.keys.privateKey)
    return {
      ...this.envelope(),
      response: {
        clientDataJSON,
        authenticatorData: authData.toString('base64url'),
        signature: signature.toString('base64url'),
        userHandle: Buffer.from(odd.userHandle ?? this.userId).toString('base64url'),
      },
    }
  }

  private envelope() {
    return { id: this.id, rawId: this.id, type: 'public-key' as const, clientExtensionResults: {} }
  }

  private authenticatorData(asked: Asked, odd: Odd, more: number): Buffer {
    const flags = USER_PRESENT | (odd.isUnverified ? 0 : USER_VERIFIED) | more
    const counter = Buffer.alloc(4)
    counter.writeUInt32BE(this.counter)
    const rpIdHash = createHash('sha256')
      .update(odd.rpId ?? asked.rpId)
      .digest()
    return Buffer.concat([rpIdHash, Buffer.from([flags]), counter])
  }

  private credentialData(): Buffer {
    const id = Buffer.from(this.id, 'base64url')
    const length = Buffer.alloc(2)
    length.writeUInt16BE(id.length)
    const { x = '', y = '' } = this.keys.publicKey.export({ format: 'jwk' })
    const bytes = (text: string) => Uint8Array.from(Buffer.from(text, 'base64url'))
    // COSE: key type EC2, ES256, curve P-256, x, y.
    const key = new Map<number, unknown>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, bytes(x)],
      [-3, bytes(y)],
    ])
    return Buffer.concat([Buffer.alloc(16), length, id, isoCBOR.encode(key as never)])
  }
}

function clientData(type: string, asked: Asked, odd: Odd): string {
  const data = {
    type,
    challenge: odd.challenge ?? asked.challenge,
    origin: odd.origin ?? asked.origin,
    crossOrigin: false,
  }
  return Buffer.from(JSON.stringify(data)).toString('base64url')
}
