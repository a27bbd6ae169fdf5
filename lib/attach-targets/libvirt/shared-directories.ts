import { parseXml, type XmlElement } from '@rgrove/parse-xml'
import { HoldfastError } from '@/lib/errors'
import { childrenOf } from '@/lib/libvirt/xml-elements'
import { xmlElement } from '@/lib/libvirt/xml-text'

/** A directory of the host that a machine has by virtiofs, under a tag. */
export interface SharedDirectory {
  source: string
  tag: string
  readOnly: boolean
}

/** virtiofsd reads and writes the memory of the machine, so QEMU has to share it. */
const SHARED_MEMORY = xmlElement('memoryBacking', {}, [
  xmlElement('source', { type: 'memfd' }),
  xmlElement('access', { mode: 'shared' }),
])

export function directoryXml({ source, tag, readOnly }: SharedDirectory): string {
  return xmlElement('filesystem', { type: 'mount', accessmode: 'passthrough' }, [
    xmlElement('driver', { type: 'virtiofs' }),
    xmlElement('source', { dir: source }),
    xmlElement('target', { dir: tag }),
    ...(readOnly ? [xmlElement('readonly', {})] : []),
  ])
}

/** Null: it has nothing under this tag. Throws `conflict` where that is no virtiofs. */
export function directoryAt(xml: string, tag: string): SharedDirectory | null {
  const found = elementAt(rootOf(xml), tag)
  if (found === undefined) return null
  const [source] = childrenOf(found, 'source')
  const { type } = childrenOf(found, 'driver')[0]?.attributes ?? {}
  if (type !== 'virtiofs' || source?.attributes.dir === undefined)
    throw new HoldfastError('conflict', `The machine has another file system under the tag ${tag}.`)
  return { source: source.attributes.dir, tag, readOnly: childrenOf(found, 'readonly').length > 0 }
}

/** All else stays as it is, to the letter. Throws `conflict` where its memory is not shared and must stay so. */
export function withDirectory(xml: string, directory: SharedDirectory): string {
  const root = rootOf(xml)
  const [devices] = childrenOf(root, 'devices')
  if (devices === undefined) throw new HoldfastError('internal', 'This definition of a machine has no devices.')
  const at = devices.end - '</devices>'.length
  return withMemory(`${xml.slice(0, at)}${directoryXml(directory)}\n${xml.slice(at)}`)
}

/** The memory stays shared: other things may need that by now. */
export function withoutDirectory(xml: string, tag: string): string {
  const found = elementAt(rootOf(xml), tag)
  return found === undefined ? xml : xml.slice(0, found.start) + xml.slice(found.end)
}

/** Is its memory shared already, as a whole? */
export function hasSharedMemory(xml: string): boolean {
  const [backing] = childrenOf(rootOf(xml), 'memoryBacking')
  return childrenOf(backing, 'access')[0]?.attributes.mode === 'shared'
}

function withMemory(xml: string): string {
  if (hasSharedMemory(xml)) return xml
  const root = rootOf(xml)
  if (childrenOf(root, 'memoryBacking').length === 0) {
    const [devices] = childrenOf(root, 'devices')
    const at = devices?.start ?? 0
    return `${xml.slice(0, at)}${SHARED_MEMORY}\n${xml.slice(at)}`
  }
  throw new HoldfastError(
    'conflict',
    "virtiofs needs memory that is shared, and the machine has settings of its own for its memory: add <access mode='shared'/> to its <memoryBacking> (virsh edit), with <source type='memfd'/> where there are no huge pages.",
  )
}

function elementAt(root: XmlElement, tag: string): XmlElement | undefined {
  return childrenOf(root, 'devices')
    .flatMap((devices) => childrenOf(devices, 'filesystem'))
    .find((each) => childrenOf(each, 'target')[0]?.attributes.dir === tag)
}

function rootOf(xml: string): XmlElement {
  const { root } = parseXml(xml, { includeOffsets: true })
  if (root === null) throw new HoldfastError('internal', 'This is no definition of a machine.')
  return root
}
