import { announcesSecret, isHarmlessFlag, isHarmlessValue, isOptionKey } from '@/lib/drivers/options/harmless-options'

/** Stands for what is not told. */
export const HIDDEN = '***'

/** An option that nobody knows may still be named, as long as it looks like one. */
const NEW_WORD = /^_{0,2}[a-z][a-z_.-]{1,40}[a-z0-9_]$/
const NEW_KEY = /^[a-z][\w.-]{0,63}$/i

/**
 * The options of a mount as they may leave a host. A value is told only when its key is in the closed list of harmless ones and it
 * looks like a value of that. A password may have a comma: from the first hidden value on, words that are no option are hidden too.
 */
export function tellOptions(options: readonly string[]): string[] {
  let isAfterHidden = false
  return options.map((option) => {
    const told = tellOption(option, isAfterHidden)
    isAfterHidden ||= told !== option || announcesSecret(option)
    return told
  })
}

function tellOption(option: string, isAfterHidden: boolean): string {
  const at = option.indexOf('=')
  if (at < 0) {
    const isTold = option === '' || isHarmlessFlag(option) || announcesSecret(option)
    return isTold || (!isAfterHidden && NEW_WORD.test(option)) ? option : HIDDEN
  }
  const key = option.slice(0, at)
  const value = option.slice(at + 1)
  if (isHarmlessValue(key, value)) return option
  // `user=name%password` of smbmount, `user=name:password` of curlftpfs: only the name stays.
  const [name = '', ...password] = value.split(/[%:]/)
  if (/^user(?:name)?$/i.test(key) && password.length > 0 && isHarmlessValue(key, name)) return `${key}=${name}`
  return isOptionKey(key) || (!isAfterHidden && NEW_KEY.test(key)) ? `${key}=${HIDDEN}` : HIDDEN
}

/**
 * The options in a field of fstab, as libmount cuts it: a comma in double quotes or behind a backslash does not end an option. With
 * quotes that do not close, at every comma.
 */
export function splitOptions(text: string): string[] {
  const found: string[] = []
  let isQuoted = false
  let start = 0
  for (let at = 0; at < text.length; at++) {
    const isEscaped = at > 0 && text[at - 1] === '\\'
    if (text[at] === '"' && !isEscaped) isQuoted = !isQuoted
    if (text[at] !== ',' || isQuoted || isEscaped) continue
    found.push(text.slice(start, at))
    start = at + 1
  }
  const all = isQuoted ? text.split(',') : [...found, text.slice(start)]
  return all.filter((option) => option !== '')
}

/** What is mounted, as it may leave a host: user names stay, passwords, tokens and everything behind a question mark do not. */
export function tellSource(source: string, fsType: string): string {
  if (/^\/(?!\/)/.test(source)) return tellPath(source)
  if (/^[/\\]{2}/.test(source)) return tellShare(source)
  if (fsType.startsWith('nfs') && /^(?:\[[\w:.%-]+\]|[^:@/[\]]+):\//.test(source)) return tellPath(source)
  if (fsType === 'lustre' && /^[\w.:,@-]+:\/[^@?=]*$/.test(source)) return source
  const [, program = '', rest = source] = /^([a-z0-9_.-]+#)(.*)$/is.exec(source) ?? []
  return program + tellAddress(rest)
}

/** Options that stand behind a path for want of a space. */
const OPTIONS_BEHIND = /[,;?&][\w.-]*(?:pass|pwd|secret|token|user|cred|key|dom)[\w.-]*=/i

/** Does something follow that is no part of a path, and may be a secret? */
export function hasOptionsBehind(path: string): boolean {
  return OPTIONS_BEHIND.test(path)
}

function tellPath(path: string): string {
  const end = path.search(OPTIONS_BEHIND)
  return end < 0 ? path : `${path.slice(0, end)}${HIDDEN}`
}

/** No name of SMB has a question mark or a "=". */
function tellShareName(source: string): string {
  const end = source.search(/[,;?&][^/\\]*=|\?|(?:pass|pwd|secret)[\w.-]*=|\s-(?:U|o\s)/i)
  return end < 0 ? source : `${source.slice(0, end)}${HIDDEN}`
}

/** `//server/share`, with what some people write before the server. */
function tellShare(source: string): string {
  const server = source.slice(2).split(/[/\\]/)[0] ?? ''
  const isPlain = /^(?:\[?[0-9a-f:.]+(?:%[\w.-]+)?\]?|[\w.-]+)$/i.test(server)
  if (isPlain) return tellShareName(source)
  const at = source.lastIndexOf('@')
  if (at >= 0) return `//${HIDDEN}${source.slice(at)}`
  return /^[\w.-]+:\d{1,5}$/.test(server) ? tellShareName(source) : `//${HIDDEN}`
}

/** From here on parameters may follow: of a URL, or of a connection string of rclone. */
const PARAMETERS = /\?|,[\w.-]+=|(?:pass|secret|token|key|sig|pwd)[\w.-]*=/i

function tellAddress(text: string): string {
  const [, scheme = '', body = text] = /^([a-z][a-z0-9+.-]*:\/\/)(.*)$/is.exec(text) ?? []
  const told = scheme + tellUser(body, scheme !== '')
  const end = told.search(PARAMETERS)
  const plain = end < 0 ? told : `${told.slice(0, end)}${told[end] === '?' ? '?' : ''}${HIDDEN}`
  return scheme === '' ? plain : plain.replace(/#.*$/s, `#${HIDDEN}`)
}

/** `user:password@host`; the password may have every character, so it ends at the last `@`. */
function tellUser(body: string, isUrl: boolean): string {
  const at = body.lastIndexOf('@')
  if (at < 0) return body
  const user = body.slice(0, at)
  const rest = body.slice(at)
  const colon = user.indexOf(':')
  // The letter may be one of a parameter as well: then the rest of that follows it.
  if (PARAMETERS.test(user)) return colon < 0 ? body : `${user.slice(0, colon)}:${HIDDEN}`
  if (colon < 0) return isUrl && !user.includes('/') ? `${HIDDEN}${rest}` : body
  // `user@host:/a/@b` has a path with such a letter, and no password.
  const isPlace = user.slice(0, colon).includes('@') && user[colon + 1] === '/' && !rest.includes(':')
  return isPlace && !isUrl ? body : `${user.slice(0, colon)}:${HIDDEN}${rest}`
}
