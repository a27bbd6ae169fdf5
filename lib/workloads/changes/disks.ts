import 'server-only'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import { type Db, db } from '@/lib/db/client'
import { holdRows } from '@/lib/db/hold-rows'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import { publishChanged } from '@/lib/events/process-bus'
import { announceOperation, startOperation } from '@/lib/operations/service'
import { attachInfoOn } from '@/lib/volumes/attach'
import type { VolumeRecord } from '@/lib/volumes/repository'
import type { AttachView } from '@/lib/volumes/schema'
import { findVolume } from '@/lib/volumes/service'
import { requireFree } from '@/lib/workloads/changes/free-volume'
import { requireMachine } from '@/lib/workloads/changes/machine'
import { requireNoAttaching } from '@/lib/workloads/in-use'
import * as repository from '@/lib/workloads/repository'
import type { AskDisk, DiskPlan } from '@/lib/workloads/schema'
import { diskNames } from '@/lib/workloads/view'

interface Prepared {
  machine: repository.WorkloadRecord
  volume: VolumeRecord
  info: AttachView
}

/** What giving a volume to a machine would do; nothing is changed. Throws as `attachDisk`. */
export async function planDisk(actor: Actor, id: string, asked: AskDisk): Promise<DiskPlan> {
  authorize(actor, 'workloads.write')
  const { machine, volume, info } = await prepare(db(), id, asked)
  const isRunning = machine.state !== 'stopped'
  const { target, bus, cache, serial, read_only, disk_xml, notes } = info
  return {
    machine: { id, name: machine.name },
    host: { id: machine.host.id, name: machine.host.name },
    volume: { id: volume.id, name: volume.name },
    is_running: isRunning,
    ...{ target, bus, cache, serial, read_only, disk_xml, notes },
    command: `virsh attach-device --domain ${machine.nativeId} --file disk.xml ${isRunning ? '--live --config' : '--config'}`,
  }
}

/**
 * Gives a volume to a virtual machine as a disk: at once where it runs, and for its next start. Returns the operation's id. Throws
 * `conflict` with what is in the way, `in_use` where another machine has the volume, and `operation_in_progress`.
 */
export async function attachDisk(actor: Actor, id: string, asked: AskDisk): Promise<string> {
  authorize(actor, 'workloads.write')
  const { operation, volumeId } = await inTransaction(async (tx) => {
    await holdRows(tx, 'volume', [asked.volume_id])
    const { machine, volume } = await prepare(tx, id, asked)
    const { bus, cache = null, target = null } = asked
    const disk = { poolId: volume.poolId, volumeId: volume.id, accessMode: volume.accessMode, bus, cache, target }
    const place = { workloadId: id, hostId: machine.host.id, machine: machine.nativeId }
    const started = await startOperation(tx, actor, {
      kind: 'machine.attach_disk',
      target: targetOf(machine),
      words: { title: 'Attach volume', summary: `Attach ${volume.name} to ${machine.name}` },
      payload: { ...place, disk },
      hostIds: [machine.host.id],
    })
    await audit(tx, actor, 'workload.disk_attached', { machine, volume, operation: started })
    return { operation: started, volumeId: volume.id }
  })
  announce(operation, id, volumeId)
  return operation
}

/** Takes it away again, also where the volume is no more. Returns the operation's id. Throws `not_found` where it has no such disk. */
export async function detachDisk(actor: Actor, id: string, volumeId: string): Promise<string> {
  authorize(actor, 'workloads.write')
  const operation = await inTransaction(async (tx) => {
    await holdRows(tx, 'volume', [volumeId])
    const machine = await requireMachine(tx, id)
    if (!machine.uses.some(({ usedId }) => usedId === volumeId))
      throw new HoldfastError('not_found', `Machine '${machine.name}' does not have this volume.`)
    await requireNoAttaching(tx, volumeId)
    const { volumes } = await repository.findUsed([volumeId], tx)
    const volume = volumes[0] ?? { id: volumeId, name: volumeId }
    const started = await startOperation(tx, actor, {
      kind: 'machine.detach_disk',
      target: targetOf(machine),
      words: { title: 'Detach volume', summary: `Detach ${volume.name} from ${machine.name}` },
      payload: { workloadId: id, hostId: machine.host.id, machine: machine.nativeId, volumeId },
      hostIds: [machine.host.id],
    })
    await audit(tx, actor, 'workload.disk_detached', { machine, volume, operation: started })
    return started
  })
  announce(operation, id, volumeId)
  return operation
}

async function prepare(tx: Db, id: string, asked: AskDisk): Promise<Prepared> {
  const machine = await requireMachine(tx, id)
  const volume = await findVolume(asked.volume_id, tx)
  if (machine.uses.some(({ usedId }) => usedId === volume.id))
    throw new HoldfastError('conflict', `Machine '${machine.name}' has volume '${volume.name}' already.`)
  await requireFree(tx, volume, machine.name)
  const { volume_id: _, ...wish } = asked
  const info = await attachInfoOn(machine.host.id, volume, { ...wish, takenTargets: diskNames(machine) })
  return { machine, volume, info }
}

function targetOf({ id, name }: repository.WorkloadRecord) {
  return { kind: 'workload', id, name }
}

function audit(
  tx: Db,
  actor: Actor,
  action: string,
  of: { machine: repository.WorkloadRecord; volume: { id: string; name: string }; operation: string },
): Promise<void> {
  const { machine, volume, operation } = of
  const change = { host: machine.host.id, volume: volume.id, volume_name: volume.name, operation }
  return recordAudit(tx, actor, { action, target: targetOf(machine), change })
}

function announce(operation: string, workloadId: string, volumeId: string): void {
  publishChanged('workload', workloadId)
  publishChanged('volume', volumeId)
  announceOperation(operation)
}
