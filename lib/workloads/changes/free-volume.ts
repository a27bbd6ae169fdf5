import 'server-only'
import type { Db } from '@/lib/db/client'
import { HoldfastError } from '@/lib/errors'
import { requireIdle } from '@/lib/volumes/changes/work'
import type { VolumeRecord } from '@/lib/volumes/repository'
import { requireNoAttaching } from '@/lib/workloads/in-use'
import * as repository from '@/lib/workloads/repository'

/** A volume that this machine may have: nothing is done with it, and nobody else writes to it. Throws `operation_in_progress`, `in_use`. */
export async function requireFree(tx: Db, volume: VolumeRecord, machineName: string | null): Promise<void> {
  await requireIdle(tx, [volume.id])
  await requireNoAttaching(tx, volume.id)
  await requireNoOther(tx, volume, machineName)
}

/** One that does not run may be started at any time, and then there would be two. */
async function requireNoOther(tx: Db, volume: VolumeRecord, machineName: string | null): Promise<void> {
  if (volume.accessMode !== 'RWO') return
  const [other] = await repository.findHaving(tx, volume.id)
  if (other !== undefined)
    throw new HoldfastError(
      'in_use',
      `Volume '${volume.name}' has one writer, and '${other.name}' on host '${other.host.name}' has it: detach it there first.`,
      { details: { used_by: [{ kind: 'workload', id: other.id, name: other.name }] } },
    )
  if (!volume.isInUse || (machineName !== null && volume.usedBy === machineName)) return
  const who = volume.usedBy === null ? 'A program' : `Machine '${volume.usedBy}'`
  throw new HoldfastError('in_use', `${who} has volume '${volume.name}' open: stop that first.`)
}
