import { MARK, TRASH } from '@/lib/agent-protocol/own-names'
import type { EngineContext, OpenPool } from '@/lib/volume-engines/contract/engine'
import type { MachineDisk } from '@/lib/volume-engines/contract/machines'
import type { DirectoryPlace } from '@/lib/volume-engines/contract/place'
import {
  otherPool,
  poolMarkMissing,
  poolNotEmpty,
  volumeInUse,
  volumeMissing,
  volumeTrashed,
} from '@/lib/volume-engines/contract/refusals'
import { machineWith } from '@/lib/volume-engines/contract/running-machines'
import { Chains, type JudgedVolume } from '@/lib/volume-engines/image-files/chains'
import { change } from '@/lib/volume-engines/image-files/change'
import { isTaken } from '@/lib/volume-engines/image-files/child-answer'
import type { ImageFilesSettings } from '@/lib/volume-engines/image-files/descriptor'
import { EXPORTS, UPLOADS, volumeDirectory } from '@/lib/volume-engines/image-files/layout'
import { poolMark, poolOfMark } from '@/lib/volume-engines/image-files/mark'
import { requireUnlocked } from '@/lib/volume-engines/image-files/qemu-img'
import { type Survey, survey } from '@/lib/volume-engines/image-files/survey'

export type Pool = OpenPool<DirectoryPlace, ImageFilesSettings>

/** Throws `conflict` where the storage is not, or not any more, the one of this pool. */
function requireMark(pool: Pool, { mark }: Survey): void {
  if (mark === null) throw poolMarkMissing(pool.poolId)
  const found = poolOfMark(mark)
  if (found !== pool.poolId) throw otherPool(found ?? 'its mark cannot be read')
}

/** Makes the mark where there is none and nothing of a pool, or finds it. */
export async function openPool(pool: Pool, isNew: boolean, context: EngineContext): Promise<void> {
  const { path } = pool.place
  const found = await survey(path, isNew ? null : [], context)
  if (found.mark === null && isNew) {
    if (found.volumes.length > 0) throw otherPool('its mark is missing')
    try {
      await change(path, [{ do: 'write', path: MARK, text: poolMark(pool.poolId) }], context)
      return
    } catch (error) {
      // Another host was faster, maybe with the same pool.
      if (!isTaken(error)) throw error
    }
    return openPool(pool, false, context)
  }
  requireMark(pool, found)
}

/** Not ours, or not there: success. */
export async function releasePool(pool: Pool, context: EngineContext): Promise<void> {
  const { path } = pool.place
  const found = await survey(path, null, context)
  if (found.mark === null || poolOfMark(found.mark) !== pool.poolId) return
  if (found.volumes.length > 0) throw poolNotEmpty([...new Set(found.volumes.map(({ name }) => name))].sort())
  await change(
    path,
    [
      { do: 'remove empty', path: TRASH },
      { do: 'remove', path: UPLOADS },
      { do: 'remove', path: EXPORTS },
      { do: 'remove', path: MARK },
    ],
    context,
  )
}

/** `only`: just these volumes, and what they are based on. */
export async function chainsOf(pool: Pool, only: readonly string[] | null, context: EngineContext): Promise<Chains> {
  return (await lookAt(pool, only, context)).chains
}

/** Throws `conflict` where the mark of the pool is not there. */
export async function lookAt(
  pool: Pool,
  only: readonly string[] | null,
  context: EngineContext,
): Promise<{ chains: Chains; others: Survey['others'] }> {
  const found = await survey(pool.place.path, only, context)
  requireMark(pool, found)
  return { chains: new Chains(pool.poolId, found), others: found.others }
}

export function filePath(pool: Pool, volumeId: string, file: string): string {
  return `${pool.place.path}/${volumeDirectory(volumeId, false)}/${file}`
}

/** A living volume that nobody has open, all of it judged. Throws `not_found`, `conflict` in the trash, `busy`, or a problem. */
export async function workable(
  pool: Pool,
  volumeId: string,
  chains: Chains,
  context: EngineContext,
): Promise<JudgedVolume> {
  const volume = living(volumeId, chains)
  const path = filePath(pool, volumeId, volume.disk.name)
  if (volume.disk.isLocked) throw volumeInUse(volumeId, (await machineWith(path, context))?.machine.name)
  await requireUnlocked(volumeId, path, volume.mark.format, context)
  return volume
}

/** As `workable`, and also one that a machine of libvirt on this host has open; `machine` is its disk there then. */
export async function workableOrRunning(
  pool: Pool,
  volumeId: string,
  chains: Chains,
  context: EngineContext,
): Promise<JudgedVolume & { machine: MachineDisk | null }> {
  const volume = await livingOrRunning(pool, volumeId, chains, context)
  const { machine, disk, mark } = volume
  if (machine === null) await requireUnlocked(volumeId, filePath(pool, volumeId, disk.name), mark.format, context)
  return volume
}

/** The same without asking whether another host has it open: for what takes the lock of QEMU itself. */
export async function livingOrRunning(
  pool: Pool,
  volumeId: string,
  chains: Chains,
  context: EngineContext,
): Promise<JudgedVolume & { machine: MachineDisk | null }> {
  const volume = living(volumeId, chains)
  if (!volume.disk.isLocked) return { ...volume, machine: null }
  const machine = await machineWith(filePath(pool, volumeId, volume.disk.name), context)
  if (machine === null) throw volumeInUse(volumeId)
  return { ...volume, machine }
}

/** Throws `not_found`, `conflict` for one in the trash, or a problem. */
export function living(volumeId: string, chains: Chains): JudgedVolume {
  const volume = chains.judge(volumeId)
  if (volume === null) throw volumeMissing(volumeId)
  if (volume.isTrashed) throw volumeTrashed(volumeId)
  return volume
}
