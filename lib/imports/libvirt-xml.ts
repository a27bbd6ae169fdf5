import { parseXml, XmlElement } from '@rgrove/parse-xml'
import { bracketed } from '@/lib/drivers/grammar'

/** All elements of a text, of which there may be several after each other. Null: it is not whole. */
export function elementsIn(text: string): XmlElement[] | null {
  try {
    // The parser would look for a lone carriage return from each line on.
    const bare = without(without(text.replace(/\r\n?/g, '\n'), '<!--', '-->'), '<?xml', '?>')
    const { root } = parseXml(`<all>${bare}</all>`)
    return (root?.children ?? []).filter((child) => child instanceof XmlElement)
  } catch {
    return null
  }
}

/** In one pass, whatever the text is. What has no end stays, and no parser takes it. */
function without(text: string, start: string, end: string): string {
  const kept: string[] = []
  let from = 0
  for (let begin = text.indexOf(start); begin >= 0; begin = text.indexOf(start, from)) {
    const until = text.indexOf(end, begin + start.length)
    if (until < 0) break
    kept.push(text.slice(from, begin))
    from = until + end.length
  }
  return kept.join('') + text.slice(from)
}

export function all(parent: XmlElement | undefined, name: string): XmlElement[] {
  return (parent?.children ?? []).filter((child) => child instanceof XmlElement && child.name === name) as XmlElement[]
}

export function at(parent: XmlElement | undefined, ...path: string[]): XmlElement | undefined {
  return path.reduce<XmlElement | undefined>((element, name) => all(element, name)[0], parent)
}

export function attribute(element: XmlElement | undefined, name: string): string {
  return element?.attributes[name]?.trim() ?? ''
}

/** `host:port`, an IPv6 address in brackets. */
export function portal(host: string, port: string): string {
  const server = bracketed(host.replace(/^\[(.*)\]$/, '$1'))
  return port === '' ? server : `${server}:${port}`
}

/** Where a Ceph is and as whom it is used, from `host` and `auth` of a source. */
export function cephSettings(source: XmlElement | undefined): Record<string, unknown> {
  const auth = at(source, 'auth')
  const secret = attribute(at(auth, 'secret'), 'uuid')
  const hosts = all(source, 'host')
  return {
    ...(hosts.length === 0
      ? {}
      : { monitors: hosts.map((host) => portal(attribute(host, 'name'), attribute(host, 'port'))).join(',') }),
    user: attribute(auth, 'username') || 'admin',
    ...(secret === '' ? {} : { secret_uuid: secret }),
  }
}

/** The same for images in the same pool and namespace that are reached in the same way. */
export function cephKey(settings: Readonly<Record<string, unknown>>): string {
  const { monitors = '', pool = '', namespace = '', user = '' } = settings
  return `ceph ${JSON.stringify([monitors, pool, namespace, user])}`
}
