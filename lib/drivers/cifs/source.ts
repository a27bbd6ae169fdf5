import type { CifsConfig } from '@/lib/drivers/cifs/config'
import type { TakenApart } from '@/lib/drivers/contract/taken-apart'
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

/** `domain;alice` of an smb:// URL; a backslash does the same. */
function userOf(text: string | undefined): { domain?: string; username?: string } {
  const [, domain, username] = /^(?:([^;\\]*)[;\\])?(.*)$/s.exec(text ?? '') ?? []
  return { ...(domain ? { domain } : {}), ...(username ? { username } : {}) }
}

function placeIn(text: string): TakenApart['gives'] | null {
  const url = urlIn(text, ['smb', 'cifs', 'smb3', 'file'])
  if (url === null) return splitUnc(unescapeField(text)) as TakenApart['gives'] | null
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

/** A UNC path or an smb:// URL in one field, as Windows, file managers and fstab have it. */
export function takeCifsApart(flat: Readonly<Record<string, unknown>>): TakenApart[] {
  return ['server', 'share_name', 'path'].flatMap((field): TakenApart[] => {
    const text = flat[field]
    if (typeof text !== 'string') return []
    const tidy = text.trim()
    const place = field === 'path' ? null : placeIn(tidy)
    if (place !== null) return [{ field, gives: place }]
    // `\\nas` and `//nas/` name a server alone.
    const alone = field === 'server' ? /^(?:\\\\|\/\/)([^\\/]+)[\\/]*$/.exec(tidy)?.[1] : undefined
    const value = alone ?? (field === 'share_name' ? tidy.replace(/^[\\/]+|[\\/]+$/g, '') : tidy)
    return value === text ? [] : [{ field, gives: { [field]: value } }]
  })
}
