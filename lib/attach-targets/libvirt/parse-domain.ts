import { parseXml, type XmlElement } from '@rgrove/parse-xml'
import type { FoundStorage } from '@/lib/attach-targets/contract/target'
import { childrenOf } from '@/lib/libvirt/xml-elements'

export interface ParsedDomain {
  /** libvirt gives a machine that runs, or is paused, a number. */
  isActive: boolean
  /** The system that it is said to have, such as `debian 12`; null: not said. */
  system: string | null
  storage: FoundStorage[]
}

/** The definition of a machine, as `virsh dumpxml` prints it. Throws where it is no XML. */
export function parseDomain(xml: string): ParsedDomain {
  const { root } = parseXml(xml)
  const devices = childrenOf(root, 'devices')
  return {
    isActive: root?.attributes.id !== undefined,
    system: systemOf(root),
    storage: devices.flatMap((each) => [
      ...childrenOf(each, 'disk').flatMap(disk),
      ...childrenOf(each, 'filesystem').flatMap(fileSystem),
    ]),
  }
}

/** An empty drive has no source, and is no storage. */
function disk(element: XmlElement): FoundStorage[] {
  const [source] = childrenOf(element, 'source')
  const target = childrenOf(element, 'target')[0]?.attributes.dev
  if (source === undefined || target === undefined) return []
  const isReadOnly = childrenOf(element, 'readonly').length > 0
  const { file, dev, dir, protocol, name, pool, volume } = source.attributes
  if (pool !== undefined && volume !== undefined) {
    return [{ kind: 'volume', source: null, name: `${pool}/${volume}`, target, isReadOnly }]
  }
  const path = protocol === 'rbd' ? name : (file ?? dev ?? dir)
  const elsewhere = protocol === undefined || protocol === 'rbd' ? null : `${protocol}: ${name ?? ''}`
  if (path === undefined && elsewhere === null) return []
  return [{ kind: 'disk', source: path ?? null, name: elsewhere, target, isReadOnly }]
}

/** A directory of the host that the machine sees; its target is a tag, which the machine mounts it by. */
function fileSystem(element: XmlElement): FoundStorage[] {
  const source = childrenOf(element, 'source')[0]?.attributes.dir
  const target = childrenOf(element, 'target')[0]?.attributes.dir
  if (source === undefined || target === undefined) return []
  const driver = childrenOf(element, 'driver')[0]?.attributes.type
  const isReadOnly = childrenOf(element, 'readonly').length > 0
  return [{ kind: driver === 'virtiofs' ? 'virtiofs' : '9p', source, name: null, target, isReadOnly }]
}

/** Of libosinfo, such as `http://debian.org/debian/12`; managers of machines write it down. */
function systemOf(root: XmlElement | null): string | null {
  const infos = childrenOf(root, 'metadata').flatMap((each) => childrenOf(each, 'libosinfo:libosinfo'))
  const id = infos.flatMap((each) => childrenOf(each, 'libosinfo:os'))[0]?.attributes.id
  const [, , , ...words] = id?.split('/') ?? []
  return words.join(' ') || null
}
