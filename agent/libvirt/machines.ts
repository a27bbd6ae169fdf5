import { parseXml, XmlElement } from '@rgrove/parse-xml'
import { locateCommand } from '@/agent/host/exec/commands'
import { type RunVirsh, SYSTEM_LIBVIRT, virshOn } from '@/agent/libvirt/virsh'
import type { DriverHost } from '@/lib/drivers/contract/driver-host'
import { HoldfastError } from '@/lib/errors'
import type { MachineDisk, Machines } from '@/lib/volume-engines/contract/machines'

/** For questions, which a look at a pool waits for. */
const ASK_MS = 5_000
/** QEMU makes an image larger at once; a machine that is busy answers later. */
const CHANGE_MS = 30_000

/** The machines of libvirt on this host, by `virsh`: by UUID, since a name may look like an option or a number. */
export function libvirtMachines(run: DriverHost['run'], uri = SYSTEM_LIBVIRT): Machines {
  const virsh = virshOn(run, uri)
  return {
    async disks() {
      if (locateCommand('virsh') === null) return []
      try {
        return await readDisks(virsh)
      } catch (error) {
        // One that does not answer knows no machine; what a machine has open stays locked all the same.
        if (error instanceof HoldfastError && error.code !== 'cancelled') return []
        throw error
      }
    },
    async resize({ machine, target }, sizeBytes) {
      const args = ['blockresize', '--domain', machine.uuid, '--path', target, '--size', `${sizeBytes}B`]
      await virsh(args, { timeoutMs: CHANGE_MS })
    },
  }
}

async function readDisks(virsh: RunVirsh): Promise<MachineDisk[]> {
  const { stdout } = await virsh(['list', '--uuid', '--name'], { timeoutMs: ASK_MS })
  const found: MachineDisk[] = []
  for (const machine of parseMachines(stdout)) {
    const xml = await virsh(['dumpxml', '--domain', machine.uuid], { timeoutMs: ASK_MS })
    const disks = parseDisks(xml.stdout)
    for (const { target, image } of disks) {
      const others = disks.flatMap((other) => (other.target === target ? [] : [other.target]))
      if (image !== null) found.push({ machine, target, image, others })
    }
  }
  return found
}

/** Lines of `virsh --quiet list --uuid --name`: `UUID NAME`, blanks between and around. */
export function parseMachines(text: string): { uuid: string; name: string }[] {
  return text.split('\n').flatMap((line) => {
    const [, uuid, name] = /^\s*([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\s+(.*?)\s*$/.exec(line) ?? []
    return uuid === undefined || name === undefined ? [] : [{ uuid, name }]
  })
}

/** The disks in the definition of a machine; `image` null: of a kind that no pool has, or an empty drive. */
export function parseDisks(xml: string): { target: string; image: string | null }[] {
  const devices = parseXml(xml).root?.children.filter((node) => node instanceof XmlElement && node.name === 'devices')
  return (devices ?? []).flatMap((node) => {
    const disks = node instanceof XmlElement ? childrenNamed(node, 'disk') : []
    return disks.flatMap((disk) => {
      const target = childrenNamed(disk, 'target')[0]?.attributes.dev
      const source = childrenNamed(disk, 'source')[0]
      return target === undefined ? [] : [{ target, image: source === undefined ? null : imageOf(source) }]
    })
  })
}

function imageOf({ attributes }: XmlElement): string | null {
  if (attributes.protocol === 'rbd') return attributes.name ?? null
  return attributes.file ?? attributes.dev ?? null
}

function childrenNamed(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter((child): child is XmlElement => child instanceof XmlElement && child.name === name)
}
