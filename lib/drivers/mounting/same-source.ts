const SHARE = /^[/\\]{2}(?<server>[^/\\]+)(?<path>.*)$/s
/** An address with a scheme is no export of a server that is called like it. */
const EXPORT = /^(?!(?:nfs4?|smb3?|cifs|file|https?|davs?|s?ftp):\/\/)(?<server>\[[^\]]+\]|[^:/[\]]+):(?<path>\/.*)$/s

/**
 * A source without spellings that mean the same: trailing and doubled slashes of its path, and backslashes of a share. The case of
 * letters stays.
 */
export function plainSource(source: string): string {
  const share = SHARE.exec(source)?.groups
  if (share) return `//${share.server}${plainPath((share.path ?? '').replaceAll('\\', '/'))}`
  const exported = EXPORT.exec(source)?.groups
  if (exported) return `${exported.server}:${plainPath(exported.path ?? '') || '/'}`
  return source.startsWith('/') ? plainPath(source) || '/' : source
}

/** `/folder` of `//nas/share/folder`, `/export` of `nas:/export`; `/` when it names the whole. */
export function pathInSource(source: string): string {
  const plain = plainSource(source)
  const path = SHARE.exec(plain)?.groups?.path?.replace(/^\/[^/]*/, '') ?? EXPORT.exec(plain)?.groups?.path
  return path || '/'
}

/** Do these name the same? A kernel shows a source as it was given to it, so a server may be written in several ways. */
export function isSameSource(one: string, other: string): boolean {
  return one === other || comparable(one) === comparable(other)
}

function comparable(source: string): string {
  const plain = plainSource(source)
  const share = SHARE.exec(plain)?.groups
  if (share) return `//${plainServer(share.server ?? '')}${share.path}`
  const exported = EXPORT.exec(plain)?.groups
  return exported ? `${plainServer(exported.server ?? '')}:${exported.path}` : plain
}

/** Names have no case; an IPv6 address has a shortest form, with and without brackets. */
function plainServer(server: string): string {
  const [, address = server, scope = ''] = /^\[?([0-9a-f:.]*:[0-9a-f:.]*)(%[\w.-]+)?\]?$/i.exec(server) ?? []
  if (!address.includes(':')) return server.toLowerCase().replace(/[.]$/, '')
  const url = `http://[${address}]`
  return (URL.canParse(url) ? new URL(url).hostname : address.toLowerCase()) + scope
}

function plainPath(path: string): string {
  return path.replace(/\/+/g, '/').replace(/\/$/, '')
}
