/**
 * A reader of fstab(5) for people who want to know what is there. It never throws: a line that libmount would not understand
 * either is reported with its number. Values that may be secret are cut out before anything leaves the host.
 */

export interface FstabEntry {
  /** 1 is the first line. */
  line: number
  /** The line as it stands there, without secrets. */
  text: string
  source: string
  mountPoint: string
  fsType: string
  options: string[]
}

export interface FileProblem {
  line: number
  message: string
}

const MAX_LINES = 2000
const MAX_LINE_LENGTH = 4096
const SECRET_OPTION = /(?:pass|secret|token|(?:^|[-_.])key)/i

/** `password=x` is `password=***`; of `user=name%password`, an old way of writing it, only the name stays. */
export function withoutSecret(option: string): string {
  const at = option.indexOf('=')
  if (at < 0) return option
  const name = option.slice(0, at)
  if (SECRET_OPTION.test(name)) return `${name}=***`
  if (/^(?:user|username)$/i.test(name)) return option.split('%')[0] ?? option
  return option
}

function decode(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_all, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}

export function parseFstab(text: string): { entries: FstabEntry[]; problems: FileProblem[] } {
  const entries: FstabEntry[] = []
  const problems: FileProblem[] = []
  const lines = text.split('\n')
  for (const [index, full] of lines.slice(0, MAX_LINES).entries()) {
    const content = full.trim()
    if (content === '' || content.startsWith('#')) continue
    const read = readLine(index + 1, content)
    if (typeof read === 'string') problems.push({ line: index + 1, message: read })
    else entries.push(read)
  }
  if (lines.length > MAX_LINES)
    problems.push({ line: MAX_LINES + 1, message: `Only the first ${MAX_LINES} lines were read.` })
  return { entries, problems }
}

function readLine(line: number, content: string): FstabEntry | string {
  if (content.length > MAX_LINE_LENGTH) return `The line is longer than ${MAX_LINE_LENGTH} characters.`
  if (/[\p{Cc}]/u.test(content.replaceAll('\t', ' '))) return 'The line has a control character.'
  const fields = content.split(/[ \t]+/)
  const comment = fields.findIndex((field, at) => at > 3 && field.startsWith('#'))
  const [source, mountPoint, fsType, options = 'defaults', frequency = '0', pass = '0', ...more] =
    comment < 0 ? fields : fields.slice(0, comment)
  if (source === undefined || mountPoint === undefined || fsType === undefined)
    return 'The line has fewer than three fields: source, mount point and type are needed.'
  if (more.length > 0) return 'The line has more than six fields; a space in a path is written as \\040.'
  if (!/^\d+$/.test(frequency) || !/^\d+$/.test(pass)) return 'The fifth and sixth field must be numbers.'
  const place = decode(mountPoint)
  if (place !== 'none' && place !== 'swap' && !place.startsWith('/')) return 'The mount point is not an absolute path.'
  const clean = decode(options).split(',').map(withoutSecret)
  return {
    line,
    text: [source, mountPoint, fsType, options.split(',').map(withoutSecret).join(','), ...fields.slice(4)].join(' '),
    source: decode(source),
    mountPoint: place.length > 1 ? place.replace(/\/+$/, '') : place,
    fsType,
    options: clean,
  }
}
