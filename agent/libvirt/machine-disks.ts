import { parseXml } from '@rgrove/parse-xml'
import { disksIn } from '@/agent/libvirt/definition'
import { ASK_MS, CHANGE_MS, definitionOf, isPersistent } from '@/agent/libvirt/machines'
import { virshOn, withFile } from '@/agent/libvirt/virsh'
import type { DriverHost } from '@/lib/drivers/contract/driver-host'
import { parseMachines } from '@/lib/libvirt/machine-names'
import { SYSTEM_LIBVIRT } from '@/lib/libvirt/system-uri'
import { childrenOf } from '@/lib/libvirt/xml-elements'

/** A disk in the definition of a machine. */
export interface DefinedDisk {
  /** `vda` */
  target: string
  /** Path of a file or device, or `pool/image` of Ceph; null: of another kind, or an empty drive. */
  image: string | null
  isReadOnly: boolean
}

/** What a machine has now, and what it will have. */
export interface DefinedDisks {
  /** Null: it does not run. */
  now: DefinedDisk[] | null
  /** Of its next start. Null: it is gone when it stops. */
  next: DefinedDisk[] | null
}

/** Where a change is to be seen. */
export interface ChangeScope {
  now: boolean
  next: boolean
}

/** The disks of machines of libvirt on this host, running or not. Throws `CommandError` with what libvirt says. */
export function machineDisks(host: Pick<DriverHost, 'run' | 'secretFile'>, uri = SYSTEM_LIBVIRT) {
  const virsh = virshOn((...asked) => host.run(...asked), uri)
  return {
    /** Null: there is no such machine. */
    async find(uuid: string): Promise<DefinedDisks | null> {
      const xml = await definitionOf(virsh, uuid)
      if (xml === null) return null
      const isActive = parseXml(xml).root?.attributes.id !== undefined
      if (!isActive) return { now: null, next: definedDisks(xml) }
      if (!(await isPersistent(virsh, uuid))) return { now: definedDisks(xml), next: null }
      const { stdout } = await virsh(['dumpxml', '--domain', uuid, '--inactive'], { timeoutMs: ASK_MS })
      return { now: definedDisks(xml), next: definedDisks(stdout) }
    },
    /** Each machine with what it has now, or will have where it does not run. */
    async all(): Promise<{ uuid: string; name: string; disks: DefinedDisk[] }[]> {
      const { stdout } = await virsh(['list', '--all', '--uuid', '--name'], { timeoutMs: ASK_MS })
      const found: { uuid: string; name: string; disks: DefinedDisk[] }[] = []
      for (const machine of parseMachines(stdout)) {
        const xml = await definitionOf(virsh, machine.uuid)
        if (xml !== null) found.push({ ...machine, disks: definedDisks(xml) })
      }
      return found
    },
    async attach(uuid: string, xml: string, scope: ChangeScope): Promise<void> {
      await withFile(host, xml, (file) =>
        virsh(['attach-device', '--domain', uuid, '--file', file, ...flagsOf(scope)], { timeoutMs: CHANGE_MS }),
      )
    },
    /** A machine that runs is only asked to let go of it, and may take its time. */
    async detach(uuid: string, target: string, scope: ChangeScope): Promise<void> {
      const args = ['detach-disk', '--domain', uuid, '--target', target, ...flagsOf(scope)]
      await virsh(args, { timeoutMs: CHANGE_MS })
    },
  }
}
export type MachineDisks = ReturnType<typeof machineDisks>

/** In the order in which they are shown. */
export function flagsOf({ now, next }: ChangeScope): string[] {
  return [...(now ? ['--live'] : []), ...(next ? ['--config'] : [])]
}

function definedDisks(xml: string): DefinedDisk[] {
  return disksIn(xml).map(({ target, disk }) => {
    const { protocol, name, file, dev } = childrenOf(disk, 'source')[0]?.attributes ?? {}
    const image = (protocol === 'rbd' ? name : (file ?? dev)) ?? null
    return { target, image, isReadOnly: childrenOf(disk, 'readonly').length > 0 }
  })
}
