import type { XmlElement } from '@rgrove/parse-xml'
import { locateCommand } from '@/agent/host/exec/commands'
import { disksIn, imagesOf, withoutBacking } from '@/agent/libvirt/definition'
import { readLibvirt } from '@/agent/libvirt/facts'
import { isNotRunning, mergeArguments, parseJob } from '@/agent/libvirt/merges'
import { type RunVirsh, virshOn, withFile } from '@/agent/libvirt/virsh'
import type { DriverHost } from '@/lib/drivers/contract/driver-host'
import { CommandError } from '@/lib/drivers/problems/command-error'
import { HoldfastError } from '@/lib/errors'
import { parseMachines } from '@/lib/libvirt/machine-names'
import { SYSTEM_LIBVIRT } from '@/lib/libvirt/system-uri'
import { childrenOf } from '@/lib/libvirt/xml-elements'
import type { MachineDisk, Machines } from '@/lib/volume-engines/contract/machines'

/** For questions, which a look at a pool waits for. */
export const ASK_MS = 5_000
/** QEMU makes an image larger at once; a machine that is busy answers later. */
export const CHANGE_MS = 30_000

/** The machines of libvirt on this host, by `virsh`: by UUID, since a name may look like an option or a number. */
export function libvirtMachines(host: Pick<DriverHost, 'run' | 'secretFile'>, uri = SYSTEM_LIBVIRT): Machines {
  const run: DriverHost['run'] = (...asked) => host.run(...asked)
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
    async versions() {
      const found = await readLibvirt(run, uri)
      return { libvirt: found?.version ?? null, qemu: found?.qemu ?? null }
    },
    async imageOf({ machine, target }) {
      const xml = await definitionOf(virsh, machine.uuid)
      return xml === null ? null : (parseDisks(xml).find((disk) => disk.target === target)?.image ?? null)
    },
    async snapshot(disk, path) {
      const take = (isQuiet: boolean) => virsh(snapshotArguments(disk, path, isQuiet), { timeoutMs: CHANGE_MS })
      const hasAgent = await answersInside(virsh, disk)
      try {
        await take(hasAgent)
        return hasAgent ? 'still' : 'no agent'
      } catch (error) {
        if (!isFreezeRefused(error)) throw error
        // Nothing was done yet: that the guest stands still comes first.
        await take(false)
        return 'refused'
      }
    },
    async settle({ machine, target }) {
      if (!(await isPersistent(virsh, machine.uuid))) return
      const question = ['dumpxml', '--domain', machine.uuid, '--inactive', '--security-info']
      const settled = withoutBacking((await virsh(question, { timeoutMs: ASK_MS })).stdout, target)
      if (settled === null) return
      // A definition may hold passwords.
      await withFile(host, settled, (file) => virsh(['define', '--file', file], { timeoutMs: CHANGE_MS }))
    },
    async images({ machine, target }) {
      const xml = await definitionOf(virsh, machine.uuid)
      return xml === null ? null : imagesOf(xml, target)
    },
    async merge(disk, merge) {
      await virsh(mergeArguments(disk, merge), { timeoutMs: CHANGE_MS })
    },
    async job({ machine, target }) {
      const question = ['blockjob', '--domain', machine.uuid, '--path', target, '--info', '--raw']
      try {
        return parseJob((await virsh(question, { timeoutMs: ASK_MS })).stdout)
      } catch (error) {
        if (isNotRunning(error)) return null
        throw error
      }
    },
    async stopJob({ machine, target }) {
      try {
        await virsh(['blockjob', '--domain', machine.uuid, '--path', target, '--abort'], { timeoutMs: CHANGE_MS })
      } catch (error) {
        // It has ended by itself, which whoever asks sees by what is there.
        if (!(error instanceof CommandError)) throw error
      }
    },
    async resize({ machine, target }, sizeBytes) {
      const args = ['blockresize', '--domain', machine.uuid, '--path', target, '--size', `${sizeBytes}B`]
      await virsh(args, { timeoutMs: CHANGE_MS })
    },
  }
}

/** One that is not is gone when it stops, and to define it would make it stay. */
export async function isPersistent(virsh: RunVirsh, uuid: string): Promise<boolean> {
  const { stdout } = await virsh(['list', '--all', '--persistent', '--uuid'], { timeoutMs: ASK_MS })
  return stdout.split(/\s+/).includes(uuid)
}

/** Null: libvirt does not know it any more. What else goes wrong is no answer, and is thrown. */
export async function definitionOf(virsh: RunVirsh, uuid: string): Promise<string | null> {
  try {
    return (await virsh(['dumpxml', '--domain', uuid], { timeoutMs: ASK_MS })).stdout
  } catch (error) {
    if (error instanceof CommandError && /^error: failed to get domain/m.test(error.stderr)) return null
    throw error
  }
}

/** Only this disk, and nothing that libvirt would remember: what the snapshot is, Holdfast knows. */
export function snapshotArguments({ machine, target, others }: MachineDisk, path: string, isQuiet: boolean): string[] {
  const spec = `${target},snapshot=external,driver=qcow2,file=${path.replaceAll(',', ',,')}`
  return [
    ...['snapshot-create-as', '--domain', machine.uuid, '--disk-only', '--no-metadata', '--atomic', '--reuse-external'],
    ...(isQuiet ? ['--quiesce'] : []),
    ...[spec, ...others.map((other) => `${other},snapshot=no`)].flatMap((one) => ['--diskspec', one]),
  ]
}

/** Does the agent of QEMU in the guest answer? */
async function answersInside(virsh: RunVirsh, { machine }: MachineDisk): Promise<boolean> {
  const ping = ['qemu-agent-command', '--domain', machine.uuid, '--timeout', '3', '--cmd', '{"execute":"guest-ping"}']
  try {
    await virsh(ping, { timeoutMs: ASK_MS })
    return true
  } catch (error) {
    if (error instanceof HoldfastError && error.code !== 'cancelled') return false
    throw error
  }
}

/** Agents may be set up so that they do not do it, and some systems cannot. */
function isFreezeRefused(error: unknown): boolean {
  return error instanceof CommandError && error.stderr.includes("'guest-fsfreeze-freeze'")
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

/** The disks in the definition of a machine; `image` null: of a kind that no pool has, or an empty drive. */
export function parseDisks(xml: string): { target: string; image: string | null }[] {
  return disksIn(xml).map(({ target, disk }) => {
    const [source] = childrenOf(disk, 'source')
    return { target, image: source === undefined ? null : imageOf(source) }
  })
}

function imageOf({ attributes }: XmlElement): string | null {
  if (attributes.protocol === 'rbd') return attributes.name ?? null
  return attributes.file ?? attributes.dev ?? null
}
