import { parseXml, XmlElement } from '@rgrove/parse-xml'

/**
 * The definition of a machine without what it says of the images below this disk; null: it says nothing of them. All else stays as it
 * is, to the letter.
 */
export function withoutBacking(xml: string, target: string): string | null {
  const devices = childrenOf(parseXml(xml, { includeOffsets: true }).root, 'devices')
  const disks = devices.flatMap((each) => childrenOf(each, 'disk'))
  const disk = disks.find((each) => childrenOf(each, 'target')[0]?.attributes.dev === target)
  const [backing] = childrenOf(disk, 'backingStore')
  return backing === undefined ? null : xml.slice(0, backing.start) + xml.slice(backing.end)
}

function childrenOf(element: XmlElement | null | undefined, name: string): XmlElement[] {
  const children = element?.children ?? []
  return children.filter((child): child is XmlElement => child instanceof XmlElement && child.name === name)
}
