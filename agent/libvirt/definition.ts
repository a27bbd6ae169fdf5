import { parseXml, XmlElement } from '@rgrove/parse-xml'

/** The disks in the definition of a machine, each with its name there: `vda`. */
export function disksIn(xml: string): { target: string; disk: XmlElement }[] {
  const devices = childrenOf(parseXml(xml, { includeOffsets: true }).root, 'devices')
  const disks = devices.flatMap((each) => childrenOf(each, 'disk'))
  return disks.flatMap((disk) => {
    const target = childrenOf(disk, 'target')[0]?.attributes.dev
    return target === undefined ? [] : [{ target, disk }]
  })
}

/**
 * The definition of a machine without what it says of the images below this disk; null: it says nothing of them. All else stays as it
 * is, to the letter.
 */
export function withoutBacking(xml: string, target: string): string | null {
  const found = disksIn(xml).find((each) => each.target === target)
  const [backing] = childrenOf(found?.disk, 'backingStore')
  return backing === undefined ? null : xml.slice(0, backing.start) + xml.slice(backing.end)
}

export function childrenOf(element: XmlElement | null | undefined, name: string): XmlElement[] {
  const children = element?.children ?? []
  return children.filter((child): child is XmlElement => child instanceof XmlElement && child.name === name)
}
