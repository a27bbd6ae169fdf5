import type { AttachTarget, FoundWorkload } from '@/lib/attach-targets/contract/target'
import { libvirt } from '@/lib/attach-targets/libvirt/descriptor'
import { libvirtMounts } from '@/lib/attach-targets/libvirt/mounts'
import { parseDomain } from '@/lib/attach-targets/libvirt/parse-domain'
import { CommandError } from '@/lib/drivers/problems/command-error'
import { parseMachines } from '@/lib/libvirt/machine-names'
import { SYSTEM_LIBVIRT } from '@/lib/libvirt/system-uri'

/** A libvirt that has not answered by then is looked at again later. */
const LOOK_MS = 10_000

/** The machines of the system's libvirt; of those of single users nobody else knows. */
export function libvirtTarget(uri = SYSTEM_LIBVIRT): AttachTarget {
  return {
    descriptor: libvirt,
    mounts: libvirtMounts(uri),
    async inventory(host) {
      if (!host.has('virsh')) return null
      const virsh = async (...args: string[]) =>
        (await host.run('virsh', ['--quiet', '--connect', uri, ...args], { timeoutMs: LOOK_MS })).stdout
      const version = await versionOf(virsh)
      if (version === null) return null
      const machines = parseMachines(await virsh('list', '--all', '--uuid', '--name'))
      const paused = new Set((await virsh('list', '--all', '--state-paused', '--uuid')).split(/\s+/))
      const workloads: FoundWorkload[] = []
      for (const machine of machines) {
        const xml = await definitionOf(virsh, machine.uuid)
        if (xml !== null) workloads.push(foundMachine(machine, xml, paused))
      }
      return { version: /^Running against daemon: (\d+(?:\.\d+)+)/m.exec(version)?.[1] ?? null, workloads }
    },
  }
}

type Virsh = (...args: string[]) => Promise<string>

/** Null: the program is here, and no daemon is installed that it could ask. */
async function versionOf(virsh: Virsh): Promise<string | null> {
  try {
    return await virsh('version', '--daemon')
  } catch (error) {
    if (error instanceof CommandError && /No such file or directory/.test(error.stderr)) return null
    throw error
  }
}

/** Null: it has gone meanwhile. */
async function definitionOf(virsh: Virsh, uuid: string): Promise<string | null> {
  try {
    return await virsh('dumpxml', '--domain', uuid)
  } catch (error) {
    if (error instanceof CommandError && /^error: failed to get domain/m.test(error.stderr)) return null
    throw error
  }
}

function foundMachine(
  { uuid, name }: { uuid: string; name: string },
  xml: string,
  paused: ReadonlySet<string>,
): FoundWorkload {
  const { isActive, system, storage } = parseDomain(xml)
  const state = paused.has(uuid) ? 'paused' : isActive ? 'running' : 'stopped'
  return { nativeId: uuid, name, state, image: system, storage }
}
