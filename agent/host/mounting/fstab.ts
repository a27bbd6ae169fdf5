import { posix } from 'node:path'
import { unescapeOctal } from '@/agent/host/mounting/mountinfo'
import { hasOptionsBehind, splitOptions, tellOptions, tellSource } from '@/lib/drivers/options/hide-secrets'

/**
 * A reader of fstab(5) for people who want to know what is there. It reads a line as libmount does, and it never throws: a line that
 * libmount would not understand either is reported with its number, and never repeated. What may be secret is hidden before
 * anything else is done with it; comments and what follows the sixth field are not told at all.
 */

export interface FstabEntry {
  /** 1 is the first line. */
  line: number
  /** Its six fields, without secrets. */
  text: string
  source: string
  /** Without doubled and trailing slashes and `.`; `none` and `swap` as they are. */
  mountPoint: string
  /** As mount(8) would take `auto` for a source of the network. */
  fsType: string
  options: string[]
}

export interface FileProblem {
  line: number
  message: string
}

const MAX_LINES = 2000
const MAX_LINE_LENGTH = 4096
const FS_TYPE = /^[a-z0-9][\w.+,-]{0,79}$/i

function encode(field: string): string {
  return field.replace(/[\s\\]/g, (letter) => `\\${letter.charCodeAt(0).toString(8).padStart(3, '0')}`)
}

/** The entries, and what is to be said of single lines: that they were not understood, or not to the end. */
export function parseFstab(text: string): { entries: FstabEntry[]; problems: FileProblem[] } {
  const entries: FstabEntry[] = []
  const problems: FileProblem[] = []
  const lines = text.split('\n')
  for (const [index, full] of lines.slice(0, MAX_LINES).entries()) {
    const content = full.replace(/\r$/, '').trim()
    if (content === '' || content.startsWith('#')) continue
    const line = index + 1
    const read = readLine(content)
    if ('wrong' in read) problems.push({ line, message: read.wrong })
    else entries.push({ line, ...read.entry })
    if ('remark' in read && read.remark !== null) problems.push({ line, message: read.remark })
  }
  if (lines.length > MAX_LINES)
    problems.push({ line: MAX_LINES + 1, message: `Only the first ${MAX_LINES} lines were read.` })
  return { entries, problems }
}

type Read = { wrong: string } | { entry: Omit<FstabEntry, 'line'>; remark: string | null }

function readLine(content: string): Read {
  const wrong = (message: string) => ({ wrong: message })
  if (content.length > MAX_LINE_LENGTH) return wrong(`The line is longer than ${MAX_LINE_LENGTH} characters.`)
  if (/[\p{Cc}]/u.test(content.replaceAll('\t', ' '))) return wrong('The line has a control character.')
  const fields = content.split(/[ \t]+/)
  const [source, mountPoint, type, options = 'defaults', frequency = '0', pass = '0', ...more] = fields
  if (source === undefined || mountPoint === undefined || type === undefined)
    return wrong('The line has fewer than three fields: source, mount point and type are needed.')
  if ([options, frequency, pass].some((field) => field.startsWith('#')))
    return wrong(
      'A comment stands before the sixth field, so that mount(8) does not read the line: give it a line of its own.',
    )
  if (![frequency, pass].every((number) => /^[+-]?\d{1,10}$/.test(number)))
    return wrong('The fifth and sixth field must be numbers; a space in a path or an option is written as \\040.')
  if (!FS_TYPE.test(type)) return wrong('The third field is not the name of a file system type.')
  const place = placeOf(unescapeOctal(mountPoint))
  if (place === null) return wrong('The mount point is not an absolute path.')
  if (hasOptionsBehind(place)) return wrong('The mount point has options in it; they belong into the fourth field.')
  const told = tellOptions(splitOptions(unescapeOctal(options)))
  const fsType = guessType(type, unescapeOctal(source))
  const shown = tellSource(unescapeOctal(source), fsType)
  return {
    entry: {
      text: [encode(shown), mountPoint, type, told.map(encode).join(','), ...fields.slice(4, 6)].join(' '),
      source: shown,
      mountPoint: place,
      fsType,
      options: told,
    },
    remark: more.length > 0 ? remarkOn(more) : null,
  }
}

function placeOf(path: string): string | null {
  if (path === 'none' || path === 'swap') return path
  if (!path.startsWith('/')) return null
  const plain = posix.normalize(path)
  return plain === '/' ? plain : plain.replace(/\/$/, '')
}

/** As mount(8) does for a type that is left to it: by the form of the source. */
function guessType(type: string, source: string): string {
  if (type !== 'auto') return type
  if (source.startsWith('//')) return 'cifs'
  return /^[^/:=]+:\/|^\[[^\]]+\]:\//.test(source) ? 'nfs' : type
}

function remarkOn(more: readonly string[]): string | null {
  // A comment there is what people write; libmount does not look at it either.
  if (more[0]?.startsWith('#')) return null
  return 'The line has more than six fields. mount(8) reads the first six, and so was it read here; options belong into the fourth.'
}
