import { constants, inflateSync } from 'node:zlib'
import { HoldfastError } from '@/lib/errors'

/** The longest text that is handed on, in bytes. */
export const MOST_PASTED = 256 * 1024
/** Type, padding and length; an extended message then has its flags. */
const HEAD_BYTES = 8

// The community's "rfbproto", 7.5.6: what an extended message does stands in the highest byte of its flags.
const CAPS = 0x01
const REQUEST = 0x02
const PEEK = 0x04
const NOTIFY = 0x08
const PROVIDE = 0x10
const TEXT_FORMAT = 0x01

/**
 * `talks`: about the clipboard, with nothing of it. `offers`: says that there is a text; the machine forgets its own for it. `asks`: for what is in that of the machine. `gives`: a text for that of the machine;
 * its bytes are Latin-1 in a message of old, and else UTF-8.
 */
export type ClipboardPart = { is: 'talks' } | { is: 'offers' } | { is: 'asks' } | { is: 'gives'; text: Buffer }

/** What a whole message of a viewer about the clipboard (type 6) is. Throws `unsupported` for one that nobody understands. */
export function clipboardPart(message: Buffer): ClipboardPart {
  if (message.readInt32BE(4) >= 0) return { is: 'gives', text: message.subarray(HEAD_BYTES) }
  if (message.length < HEAD_BYTES + 4) throw notUnderstood()
  const action = message.readUInt8(HEAD_BYTES)
  if ((action & CAPS) !== 0) return { is: 'talks' }
  if (action === NOTIFY) return { is: 'offers' }
  if (action === REQUEST || action === PEEK) return { is: 'asks' }
  if (action !== PROVIDE) throw notUnderstood()
  if (message.readUInt32BE(HEAD_BYTES) !== ((PROVIDE << 24) | TEXT_FORMAT) >>> 0) throw notUnderstood()
  return { is: 'gives', text: textIn(message.subarray(HEAD_BYTES + 4)) }
}

/** Compressed: four bytes with its length, then the text with line ends of two characters, which may end with a zero. */
function textIn(compressed: Buffer): Buffer {
  let whole: Buffer
  try {
    whole = inflateSync(compressed, { maxOutputLength: 4 + MOST_PASTED + 1, finishFlush: constants.Z_SYNC_FLUSH })
  } catch {
    throw new HoldfastError('unsupported', 'The viewer sends a text that is too long, or broken.')
  }
  const text = whole.toString('utf8', 4, whole.at(-1) === 0 ? whole.length - 1 : whole.length)
  return Buffer.from(text.replaceAll('\r\n', '\n'))
}

function notUnderstood(): HoldfastError {
  return new HoldfastError('unsupported', 'The viewer does something with the clipboard that is not handed on.')
}
