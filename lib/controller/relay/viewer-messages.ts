import { Transform, type TransformCallback } from 'node:stream'
import { clipboardPart, MOST_PASTED } from '@/lib/controller/relay/clipboard-messages'
import { HeldKeys } from '@/lib/controller/relay/held-keys'
import { HoldfastError } from '@/lib/errors'

/** More than any message but a paste has. Bytes. */
const MOST_BYTES = 1024 * 1024

/** What a viewer may do beyond looking. */
export interface ViewerRights {
  /** Keys and pointer, what is pasted, and all else that changes something on the machine. */
  types: boolean
  /** Asking for what is in the clipboard of the machine. QEMU gives it to nobody who has not asked. */
  copies: boolean
  /** Putting a text into the clipboard of the machine. Nobody does who may not type. */
  pastes: boolean
}

/** Whether it is the turn of this viewer to type, of those who may. */
export interface Turn {
  mayType(): boolean | Promise<boolean>
}

const ALWAYS: Turn = { mayType: () => true }

/** What has passed and is to be written down: a text for the clipboard of the machine, or the wish for what is in it. */
export type ClipboardUse = { is: 'pasted'; text: Buffer } | { is: 'copied' }

type Step = 'version' | 'security' | 'answer' | 'init' | 'messages'

/**
 * Takes apart what a viewer of RFB (RFC 6143) sends to the server, whatever chunks it comes in, and hands on what this one may say. A
 * message that it does not know ends the stream: behind it, nobody could tell where the next begins.
 */
export class ViewerMessages extends Transform {
  readonly #rights: ViewerRights
  readonly #onClipboard: (use: ClipboardUse) => void
  readonly #turn: Turn
  readonly #keys = new HeldKeys()
  #mayType = false
  #held: Buffer = Buffer.alloc(0)
  #step: Step = 'version'

  constructor(rights: ViewerRights, onClipboard: (use: ClipboardUse) => void = () => undefined, turn: Turn = ALWAYS) {
    super()
    this.#turn = turn
    this.#rights = rights
    this.#onClipboard = onClipboard
  }

  /** For a viewer whose turn is over: no key stays pressed on the machine. */
  letGo(): void {
    const releases = this.#keys.letGo()
    if (releases.length > 0 && this.writable) this.push(releases)
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const mayType = this.#rights.types && this.#turn.mayType()
    if (typeof mayType === 'boolean') this.#handOn(chunk, mayType, done)
    else mayType.then((may) => this.#handOn(chunk, may, done), done)
  }

  #handOn(chunk: Buffer, mayType: boolean, done: TransformCallback): void {
    this.#mayType = mayType
    if (!mayType) this.letGo()
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    try {
      const passed: Buffer[] = []
      for (;;) {
        const length = this.#lengthOfNext()
        if (length === null || this.#held.length < length) break
        const part = this.#held.subarray(0, length)
        this.#held = this.#held.subarray(length)
        if (this.#take(part)) passed.push(part)
      }
      if (this.#held.length > MOST_BYTES) throw notUnderstood('a message that is too long')
      done(null, passed.length === 0 ? undefined : Buffer.concat(passed))
    } catch (error) {
      done(error as Error)
    }
  }

  /** Bytes of what comes next; null: more of it has to be there to tell. */
  #lengthOfNext(): number | null {
    if (this.#step === 'version') return 12
    if (this.#step === 'security' || this.#step === 'init') return 1
    if (this.#step === 'answer') return 16
    return this.#held.length === 0 ? null : messageLength(this.#held)
  }

  /** Whether it is handed on. */
  #take(part: Buffer): boolean {
    switch (this.#step) {
      case 'version':
        // In 3.3 the server alone chooses the authentication, and only it says which.
        if (!/^RFB 003\.00[78]\n$/.test(part.toString('latin1')))
          throw notUnderstood('another version than 3.7 and 3.8')
        this.#step = 'security'
        return true
      case 'security': {
        const type = part.readUInt8(0)
        if (type !== 1 && type !== 2) throw notUnderstood(`the security type ${type}`)
        this.#step = type === 2 ? 'answer' : 'init'
        return true
      }
      case 'answer':
        this.#step = 'init'
        return true
      case 'init':
        this.#step = 'messages'
        return true
      case 'messages':
        if (part.readUInt8(0) === CLIPBOARD) return this.#rights.types && this.#takeClipboard(part)
        if (this.#mayType) this.#keys.note(part)
        return this.#mayType || ONLY_LOOKS.has(part.readUInt8(0))
    }
  }

  #takeClipboard(message: Buffer): boolean {
    const part = clipboardPart(message)
    // What the viewer can do is said once, at the beginning.
    if (part.is === 'talks') return true
    if (!this.#mayType) return false
    if (part.is === 'asks') {
      if (this.#rights.copies) this.#onClipboard({ is: 'copied' })
      return this.#rights.copies
    }
    if (!this.#rights.pastes) return false
    if (part.is === 'offers') return true
    if (part.text.length > MOST_PASTED) throw notUnderstood('a text that is too long')
    this.#onClipboard({ is: 'pasted', text: part.text })
    return true
  }
}

const CLIPBOARD = 6

/** Pixel format, encodings, a picture, continuous pictures, a fence. */
const ONLY_LOOKS: ReadonlySet<number> = new Set([0, 2, 3, 150, 248])

/**
 * Bytes of the message that begins here; null: more of it has to be there to tell. Sources: RFC 6143, 7.5; the community's "rfbproto"
 * for continuous updates, fences, the size of the desktop, the extended clipboard, and what QEMU has added.
 */
function messageLength(held: Buffer): number | null {
  const has = (bytes: number) => held.length >= bytes
  const type = held.readUInt8(0)
  switch (type) {
    case 0:
      return 20
    case 2:
      return has(4) ? 4 + 4 * held.readUInt16BE(2) : null
    case 3:
    case 150:
      return 10
    case 4:
      return 8
    case 5:
      // With more than seven buttons, one byte more says which: those who have agreed on it set the highest bit.
      return has(2) ? 6 + (held.readUInt8(1) >> 7) : null
    case CLIPBOARD:
      // The extended clipboard has its length below zero.
      return has(8) ? 8 + Math.abs(held.readInt32BE(4)) : null
    case 248:
      return has(9) ? 9 + held.readUInt8(8) : null
    case 250:
      return 4
    case 251:
      return has(8) ? 8 + 16 * held.readUInt8(6) : null
    case 255:
      return has(2) ? lengthForQemu(held) : null
    default:
      throw notUnderstood(`a message of type ${type}`)
  }
}

function lengthForQemu(held: Buffer): number | null {
  const kind = held.readUInt8(1)
  if (kind === 0) return 12
  if (kind !== 1) throw notUnderstood(`a message of QEMU of type ${kind}`)
  // Sound: on, off, or in this format.
  if (held.length < 4) return null
  return held.readUInt16BE(2) === 2 ? 10 : 4
}

function notUnderstood(what: string): HoldfastError {
  return new HoldfastError('unsupported', `The viewer sends ${what}, which is not handed on.`)
}
