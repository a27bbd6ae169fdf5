import type { SnapshotConsistency } from '@/lib/agent-protocol/pools'
import type { EngineTurn } from '@/lib/volume-engines/contract/engine'
import { snapshotExists, snapshotMissing } from '@/lib/volume-engines/contract/refusals'
import type { Chains } from '@/lib/volume-engines/image-files/chains'
import { change } from '@/lib/volume-engines/image-files/change'
import { requireCan, USUAL_DISK } from '@/lib/volume-engines/image-files/create'
import { clearLeftNames, freezeDisk, replaceDisk, sweepLayers, thawDisk } from '@/lib/volume-engines/image-files/layers'
import { newToken, nextFile, snapshotFile } from '@/lib/volume-engines/image-files/layout'
import { chainsOf, type Pool, workable, workableOrRunning } from '@/lib/volume-engines/image-files/pool'
import { freezeRunning, requireAbleWhileRunning, thawRunning } from '@/lib/volume-engines/image-files/running'

export async function takeSnapshot(
  pool: Pool,
  volumeId: string,
  snapshotId: string,
  turn: EngineTurn,
): Promise<SnapshotConsistency> {
  const layer = snapshotFile(snapshotId)
  const found = await turn.step('check', async () => {
    const chains = await chainsOf(pool, [volumeId], turn)
    const { mark, sizeBytes, disk, machine } = await workableOrRunning(pool, volumeId, chains, turn)
    requireCan('snapshot', mark)
    if (hasSnapshot(chains, volumeId, snapshotId)) throw snapshotExists(volumeId, snapshotId)
    if (machine !== null) await requireAbleWhileRunning('A snapshot', machine, turn)
    else await clearLeftNames(pool, volumeId, chains, turn)
    return { sizeBytes, token: newToken(), disk: disk.name, machine }
  })
  const { sizeBytes, token, disk = USUAL_DISK, machine = null } = found
  const freeze = { volumeId, layer, disk, sizeBytes, token }
  if (machine !== null) {
    const running = { ...freeze, machine }
    return await turn.step(
      'take',
      () => freezeRunning(pool, running, turn),
      () => thawRunning(pool, running, turn),
    )
  }
  await turn.step(
    'take',
    () => freezeDisk(pool, freeze, turn),
    () => thawDisk(pool, freeze, turn),
  )
  return 'unused'
}

/** What was written since is lost. Newer snapshots stay. */
export async function restoreSnapshot(
  pool: Pool,
  volumeId: string,
  snapshotId: string,
  turn: EngineTurn,
): Promise<void> {
  const backing = snapshotFile(snapshotId)
  const checked = await turn.step('check', async () => {
    const chains = await chainsOf(pool, [volumeId], turn)
    const volume = await workable(pool, volumeId, chains, turn)
    requireCan('restore', volume.mark)
    await clearLeftNames(pool, volumeId, chains, turn)
    if (!hasSnapshot(chains, volumeId, snapshotId)) throw snapshotMissing(volumeId, snapshotId)
    chains.chain({ volumeId, file: backing })
    const header = chains.file(volumeId, backing)?.header
    const isRead = typeof header === 'object' && header !== null
    const disk = volume.disk.name
    return { sizeBytes: isRead ? header.sizeBytes : volume.sizeBytes, token: newToken(), disk }
  })
  const { sizeBytes, token, disk = USUAL_DISK } = checked
  const next = `${volumeId}/${nextFile(token)}`
  const restore = async () => {
    await replaceDisk(pool, { volumeId, backing, disk, sizeBytes, token }, turn)
    await sweepOwn(pool, volumeId, turn)
  }
  await turn.step('restore', restore, () => change(pool.place.path, [{ do: 'remove', path: next }], turn))
}

export function hasSnapshot(chains: Chains, volumeId: string, snapshotId: string): boolean {
  return chains.snapshots(volumeId).some((one) => one.snapshotId === snapshotId)
}

export async function sweepOwn(pool: Pool, volumeId: string, turn: EngineTurn): Promise<void> {
  const chains = await chainsOf(pool, [volumeId], turn)
  if (chains.hiddenLayers(volumeId).length > 0) await sweepLayers(pool, [volumeId], turn)
}
