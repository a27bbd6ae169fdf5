import { type CifsConfig, domainProblem, usernameProblem } from '@/lib/drivers/cifs/config'
import type { TakenApart } from '@/lib/drivers/contract/taken-apart'
import { hostProblem } from '@/lib/drivers/grammar'
import { unescapeField, urlIn } from '@/lib/drivers/pasted'

/** `//nas/share/folder`, as mount(8) and mountinfo write it. */
export function cifsSource(config: Pick<CifsConfig, 'server' | 'share_name' | 'path'>): string {
  const folder = config.path ? `/${config.path}` : ''
  return `//${config.server}/${config.share_name}${folder}`
}

interface SharePlace {
  /** IPv6 without brackets. */
  server: string
  share_name: string
  path?: string
}

/** `//nas/share/folder` and `\\nas\share\folder` in their parts; null for anything else. */
export function splitUnc(source: string): SharePlace | null {
  const [empty, none, server, share, ...folders] = source.replaceAll('\\', '/').split('/')
  if (empty !== '' || none !== '' || !server || !share) return null
  const path = folders.filter((folder) => folder !== '').join('/')
  return { server: server.replace(/^\[(.*)\]$/, '$1'), share_name: share, ...(path ? { path } : {}) }
}

/** Behind the share in a line of fstab or in a command: what else it says must not become a part of a name. */
const MORE = /\s(?:--?[a-z]|\/user:|\/\S*\s+(?:cifs|smb3|smbfs)(?:\s|$)|on\s+\/.*\stype\s)/i
/** `-U alice%password` of smbclient. */
const SIGN_IN = /^(?:smbclient\s+)?(?<place>.*?)\s+(?:-U\s*|--user[= ])(?<quote>["']?)(?<user>.*)\k<quote>$/s

/** `domain;alice` of an smb:// URL; a backslash does the same. */
function userOf(text: string | undefined): { domain?: string; username?: string } {
  const [, domain, username] = /^(?:([^;\\]*)[;\\])?(.*)$/s.exec(text ?? '') ?? []
  return { ...(domain ? { domain } : {}), ...(username ? { username } : {}) }
}

/** The same as `\\\\`, in Windows and in browsers. */
const LONG_UNC = /^(?:[\\/]{2}[?.][\\/]UNC[\\/]|file:\/{4,5}(?=[^/]))/i

function signInOf(text: string): TakenApart['gives'] {
  const [, user, password] = /^([^%]*)(?:%(.*))?$/s.exec(text) ?? []
  return { ...userOf(user?.replace('/', '\\')), password: password || undefined }
}

/**
 * `//bob:password@nas/share`, as people write it who know URLs. A password may have slashes and ends at the last `@`; without one, a
 * name ends at the first. What WebDAV of Windows has behind such a letter is no server.
 */
const WITH_SIGN_IN =
  /^[\\/]{2}(?:(?<user>[^\\/:@%]+)|(?<name>[^\\/:@%]+)[:%](?!\d{1,5}[\\/])(?<password>.+))@(?!ssl\b|\d+[\\/])(?<rest>[^@\\/]+[\\/][^@]*)$/is

/** `//nas:1445/share` has a port, which is not so in mountinfo. */
function uncIn(given: string): TakenApart['gives'] | null {
  const { user, name = user, password, rest: place } = WITH_SIGN_IN.exec(given)?.groups ?? {}
  const apart = name === undefined ? plainUncIn(given) : plainUncIn(`//${place}`)
  return apart && { ...apart, ...(name === undefined ? {} : { ...userOf(name), password }) }
}

function plainUncIn(text: string): TakenApart['gives'] | null {
  const unc = unescapeField(text.replace(LONG_UNC, '//'))
  const [, start, server, port, rest] = /^([\\/]{2})([^\\/:[\]]+|\[[^\]]+\]):(\d{1,5})([\\/].*)$/s.exec(unc) ?? []
  const place = splitUnc(start === undefined ? unc : `${start}${server}${rest}`)
  if (place === null) return null
  return { ...place, ...(port === undefined || port === '445' ? {} : { port: Number(port) }) }
}

function placeIn(text: string): TakenApart['gives'] | null {
  const url = urlIn(text, ['smb', 'cifs', 'smb3', 'file'])
  if (url === null) return uncIn(text)
  const [, share_name, ...folders] = url.path.split('/')
  return {
    server: url.host,
    share_name: share_name === '' ? undefined : share_name,
    path: folders.length > 0 ? folders.join('/') : undefined,
    port: url.port === 445 ? undefined : url.port,
    ...userOf(url.user),
    password: url.password,
  }
}

/** `nas/share`, without the two slashes that should stand before it. */
const SHORT_UNC = /^[^\\/\s@:%;[\]]+(?::\d{1,5})?[\\/]+[^\\/]/
/** `nas:1445` */
const WITH_PORT = /^(?<server>[^\\/\s@:%;[\]]+|\[[^\]]+\]):(?<port>\d{1,5})$/
/** `EXAMPLE\alice`, as Windows shows a user. */
const WITH_DOMAIN = /^(?<domain>[^\\/\s]+)[\\/]+(?<username>[^\\/]+)$/

function serverIn(tidy: string): TakenApart['gives'] | null {
  const unc = SHORT_UNC.test(tidy) ? plainUncIn(`//${tidy}`) : null
  if (unc !== null) return isServer(unc.server) ? unc : null
  const { server, port } = WITH_PORT.exec(tidy)?.groups ?? {}
  if (!isServer(server) || Number(port) < 1 || Number(port) > 65_535) return null
  return { server, port: port === '445' ? undefined : Number(port) }
}

function isServer(text: unknown): text is string {
  return typeof text === 'string' && hostProblem(text) === null
}

function takeUserApart(text: unknown): TakenApart[] {
  if (typeof text !== 'string') return []
  const { domain = '', username = '' } = WITH_DOMAIN.exec(text.trim())?.groups ?? {}
  if (domainProblem(domain) === null && usernameProblem(username) === null)
    return [{ field: 'username', gives: { domain, username } }]
  return text === text.trim() ? [] : [{ field: 'username', gives: { username: text.trim() } }]
}

/** A UNC path or an smb:// URL in one field, as Windows, file managers and fstab have it. */
export function takeCifsApart(flat: Readonly<Record<string, unknown>>): TakenApart[] {
  return [...takePlaceApart(flat), ...takeUserApart(flat.username)]
}

function takePlaceApart(flat: Readonly<Record<string, unknown>>): TakenApart[] {
  return ['server', 'share_name', 'path'].flatMap((field): TakenApart[] => {
    const text = flat[field]
    if (typeof text !== 'string') return []
    const { place: bare = text, user } = (field === 'path' ? null : SIGN_IN.exec(text.trim()))?.groups ?? {}
    const tidy = bare.trim()
    // Refused under this field, which has no such words.
    if (field !== 'path' && MORE.test(text) && (user === undefined || MORE.test(tidy) || /\s-/.test(user))) return []
    const signIn = user === undefined ? {} : signInOf(user)
    const place = placeIn(tidy) ?? (field === 'server' ? serverIn(tidy) : null)
    if (place !== null) return [{ field, gives: { ...place, ...signIn } }]
    // `\\nas` and `//nas/` name a server alone.
    const alone = field === 'server' ? /^(?:\\\\|\/\/)([^\\/]+)[\\/]*$/.exec(tidy)?.[1] : undefined
    const value = alone ?? (field === 'share_name' ? tidy.replace(/^[\\/]+|[\\/]+$/g, '') : tidy)
    return value === text ? [] : [{ field, gives: { [field]: value, ...signIn } }]
  })
}
