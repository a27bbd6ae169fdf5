import { parseXml, type XmlElement } from '@rgrove/parse-xml'
import { MachineUuid } from '@/lib/agent-protocol/machine-disks'
import { HoldfastError } from '@/lib/errors'
import { childrenOf } from '@/lib/libvirt/xml-elements'
import type { OpenImage } from '@/lib/volume-engines/contract/machines'

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
 * What QEMU has open for this disk of a machine that runs, from the image that it writes to downwards; null: the machine does not run,
 * or has no such disk.
 */
export function imagesOf(xml: string, target: string): OpenImage[] | null {
  const found: OpenImage[] = []
  let at = disksIn(xml).find((each) => each.target === target)?.disk
  for (let isFirst = true; at !== undefined; isFirst = false) {
    const [source] = childrenOf(at, 'source')
    // libvirt counts the disk itself in its source, and those below in the element around it.
    const index = isFirst ? source?.attributes.index : at.attributes.index
    const path = source?.attributes.file
    if (index === undefined || path === undefined) break
    found.push({ path, name: `${target}[${index}]` })
    at = childrenOf(at, 'backingStore')[0]
  }
  return found.length === 0 ? null : found
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

/** Throws `invalid_input` where it is no definition of a machine. */
export function machineUuid(xml: string): string {
  const uuid = childrenOf(parseXml(xml).root, 'uuid')[0]?.text.trim()
  const parsed = MachineUuid.safeParse(uuid)
  if (!parsed.success) throw new HoldfastError('invalid_input', 'This is no definition of a machine.')
  return parsed.data
}
