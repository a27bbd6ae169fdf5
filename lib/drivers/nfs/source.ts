import type { z } from 'zod'
import type { TakenApart } from '@/lib/drivers/contract/taken-apart'
import { bracketed, hostProblem } from '@/lib/drivers/grammar'
import type { NfsConfig } from '@/lib/drivers/nfs/config'
import { type PastedUrl, unescapeField, urlIn } from '@/lib/drivers/pasted'

type Config = z.infer<typeof NfsConfig>

/** `nas:/export`, with an IPv6 address in brackets, as mount(8) and mountinfo write it. */
export function nfsSource(config: Pick<Config, 'server' | 'export_path'>): string {
  return `${bracketed(config.server)}:${config.export_path}`
}

/** The reverse, without brackets; null for anything else. */
export function splitNfsSource(source: string): { server: string; path: string } | null {
  const parts = /^(?<server>\[[^\]]+\]|[^:[\]/]+):(?<path>\/(?!\/).*)$/s.exec(source)?.groups
  if (parts?.server === undefined || parts.path === undefined) return null
  return { server: parts.server.replace(/^\[(.*)\]$/, '$1'), path: parts.path }
}

/** A line of fstab, or what mount(8) prints: more than a source, and what else it says must not get lost. */
const WHOLE_LINE = /\s(?:\/\S*|none)\s+nfs4?(?:\s|$)|\son\s\/.*\stype\snfs4?\s/
/** Behind the path in a line of `showmount -e`: for whom it is, where that cannot be a part of the path. */
const CLIENTS =
  /\s+(?:\*|\(everyone\)|(?:[\d.]+(?:\/[\d.]+)?|@[\w.-]+|\*\.[\w.-]+)(?:,[^\s,]+)*|[\w.*@-]+(?:,[\w.*@/:-]+)+)$/
/** The same in a line of exports(5): each with its options. */
const CLIENTS_WITH_OPTIONS =
  /(?:\s+[^\s()]*\((?:[a-z_]+(?:=[^\s(),]*)?,)*(?:r[wo]|a?sync|[a-z_]*squash|(?:in)?secure|[a-z_]*(?:subtree_check|wdelay|hide)|fsid=[^\s(),]*|sec=[\w:]+|crossmnt|anon[ug]id=-?\d+)(?:,[a-z_]+(?:=[^\s(),]*)?)*\))+$/

/** `nas:2049` and `nas/`; null for anything else. */
function serverAlone(text: string): TakenApart['gives'] | null {
  const { server, port } = /^(?<server>\[[^\]]+\]|[^:/[\]\s]+)(?::(?<port>\d{1,5}))?\/*$/.exec(text)?.groups ?? {}
  if (server === undefined || server === text || hostProblem(server) !== null) return null
  if (port === undefined || port === '2049') return { server }
  return Number(port) < 1 || Number(port) > 65_535 ? null : { server, port: Number(port) }
}

/** `fd00::1:/export`: an IPv6 address without the brackets that it should have. */
function bareAddress(source: string): { server: string; path: string } | null {
  const { server, path } = /^(?<server>[\da-f]*(?::[\da-f.]*){2,}):(?<path>\/(?!\/).*)$/is.exec(source)?.groups ?? {}
  return server === undefined || path === undefined || hostProblem(server) !== null ? null : { server, path }
}

function withoutSignIn({ user, password }: PastedUrl): Pick<TakenApart, 'leftOut'> {
  const isPlain = user === undefined && password === undefined
  return isPlain ? {} : { leftOut: 'User name and password were left out, since NFS has none.' }
}

/** `nas:/export`, or the URL of it, in one field: as showmount, fstab and file managers have it. */
export function takeNfsApart(flat: Readonly<Record<string, unknown>>): TakenApart[] {
  const version = versionIn(flat.version)
  const places = ['server', 'export_path'].flatMap((field) => takePlace(flat, field))
  // Where an older API has mounted it itself: here mounts have places of their own.
  const older = flat.mount_point === undefined ? [] : [{ field: 'mount_point', gives: {} }]
  return [...places, ...(version === null ? [] : [{ field: 'version', gives: { version } }]), ...older]
}

function takePlace(flat: Readonly<Record<string, unknown>>, field: string): TakenApart[] {
  const text = flat[field]
  if (typeof text !== 'string') return []
  const bare = text.trim().replace(/^"([^"]*)"(?=\s|$)/, '$1')
  const whole = field === 'export_path' ? unescapeField(bare) : text.trim()
  if (WHOLE_LINE.test(whole)) return []
  const tidy = whole.startsWith('/') ? whole.replace(CLIENTS_WITH_OPTIONS, '').replace(CLIENTS, '') : whole
  const url = urlIn(tidy, ['nfs', 'nfs4'])
  if (url !== null) return [{ field, gives: placeAt(url, flat, field), ...withoutSignIn(url) }]
  const place = splitNfsSource(unescapeField(tidy)) ?? bareAddress(unescapeField(tidy))
  if (place !== null) return [{ field, gives: { server: place.server, export_path: place.path } }]
  const alone = field === 'server' ? serverAlone(tidy) : null
  if (alone !== null) return [{ field, gives: alone }]
  // A doubled slash is one, and those at the end are none.
  const value = field === 'export_path' && tidy.startsWith('/') ? tidy.replace(/\/{2,}/g, '/') : tidy
  const isCut = tidy === whole ? {} : ({ isCut: true } as const)
  return value === text ? [] : [{ field, gives: { [field]: value }, ...isCut }]
}

/** A URL without a path names the root, unless the export is said in its own field. */
function placeAt({ host, port, path }: PastedUrl, flat: Readonly<Record<string, unknown>>, field: string) {
  const isOpen = field === 'export_path' || typeof flat.export_path !== 'string' || flat.export_path === ''
  const export_path = path === '' && isOpen ? '/' : path || undefined
  return { server: host, export_path, port: port === 2049 ? undefined : port }
}

/** `4.1` as a number, and `v4.1` or `NFSv4.1`, in our words; null for what is as it should be. */
function versionIn(given: unknown): string | null {
  if (typeof given === 'number') return String(given)
  const [, text] = (typeof given === 'string' && /^\s*(?:nfs)?\s*v?(\d(?:\.\d)?)\s*$/i.exec(given)) || []
  return text === undefined || text === given ? null : text
}
