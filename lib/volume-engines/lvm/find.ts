import { ProblemError } from '@/lib/drivers/problems/problem'
import { reportOf } from '@/lib/drivers/problems/report'
import { pauseFor } from '@/lib/pause'
import type { EngineContext, PoolView, SeenForeign, SeenVolume } from '@/lib/volume-engines/contract/engine'
import { snapshotMissing, volumeInUse, volumeMissing, volumeTrashed } from '@/lib/volume-engines/contract/refusals'
import { namingMachines } from '@/lib/volume-engines/contract/running-machines'
import {
  type Contents,
  type LvmPool,
  readContents,
  readOwn,
  rowNamed,
  thinPoolOf,
  thinPoolRow,
} from '@/lib/volume-engines/lvm/contents'
import { usageOfGroup, usageOfThinPool } from '@/lib/volume-engines/lvm/fullness'
import {
  devicePath,
  growthIn,
  IN_TRASH,
  IS_PURGED,
  isSnapshotName,
  isVolumeName,
  oldName,
  poolTag,
  volumeIn,
} from '@/lib/volume-engines/lvm/names'
import type { VolumeRow } from '@/lib/volume-engines/lvm/reports'
import { extendWhenFilling, thinPoolProblem } from '@/lib/volume-engines/lvm/thin-pool'

export function isOurs({ poolId }: LvmPool, { lv_tags }: VolumeRow): boolean {
  return lv_tags.includes(poolTag(poolId))
}

export function isOpen({ lv_device_open }: Pick<VolumeRow, 'lv_device_open'>): boolean {
  return lv_device_open === 'open'
}

/** A volume of this pool; null: it is not there. While a snapshot takes its place, for an instant only its former self is. */
export function volumeRow(pool: LvmPool, contents: Contents, volumeId: string): VolumeRow | null {
  const row = rowNamed(contents, volumeId) ?? rowNamed(contents, oldName(volumeId))
  return row !== null && isOurs(pool, row) ? row : null
}

/** Throws `not_found`, or `conflict` for one in the trash. */
export function requireLiving(pool: LvmPool, contents: Contents, volumeId: string): VolumeRow {
  const row = volumeRow(pool, contents, volumeId)
  if (row === null) throw volumeMissing(volumeId)
  if (row.lv_tags.includes(IN_TRASH)) throw volumeTrashed(volumeId)
  return row
}

/** When who wrote to a volume lets go of it, udev opens it for a moment to look what it holds now; LVM does not tell the two apart. */
const UDEV_MS = 2_000
const LOOK_AGAIN_MS = 250

/** Waits for udev, for at most `withinMs`. Throws `busy` for one that stays open; one that goes meanwhile is closed. */
export async function requireClosed(
  pool: LvmPool,
  { lv_name, lv_device_open }: Pick<VolumeRow, 'lv_name' | 'lv_device_open'>,
  context: EngineContext,
  withinMs = UDEV_MS,
): Promise<void> {
  const until = performance.now() + withinMs
  let now: Pick<VolumeRow, 'lv_device_open'> | null = { lv_device_open }
  while (now !== null && isOpen(now)) {
    if (performance.now() >= until || context.signal.aborted) throw volumeInUse(lv_name)
    await pauseFor(LOOK_AGAIN_MS, context.signal)
    now = rowNamed(await readContents(pool, context), lv_name)
  }
}

export function snapshotRows(pool: LvmPool, { volumes }: Contents, volumeId: string): VolumeRow[] {
  return volumes.filter((row) => isSnapshotName(row.lv_name) && isOurs(pool, row) && volumeIn(row.lv_tags) === volumeId)
}

/** Throws `not_found`. */
export function requireSnapshot(pool: LvmPool, contents: Contents, volumeId: string, snapshotId: string): VolumeRow {
  const row = snapshotRows(pool, contents, volumeId).find(({ lv_name }) => lv_name === snapshotId)
  if (row === undefined) throw snapshotMissing(volumeId, snapshotId)
  return row
}

/** What it takes in the pool. A thin one that is not active is not measured. */
function allocated({ segtype, lv_size, data_percent }: VolumeRow): number | null {
  if (segtype !== 'thin') return lv_size
  return data_percent === null ? null : Math.round((lv_size * data_percent) / 100)
}

function problemOf(row: VolumeRow): SeenVolume['problem'] {
  if (row.lv_tags.includes(IS_PURGED)) return told(new ProblemError('lvm.being_purged', {}))
  if (growthIn(row.lv_tags) !== null) return told(new ProblemError('lvm.growth_unfinished', {}))
  return null
}

function told(error: ProblemError): NonNullable<SeenVolume['problem']> {
  return { ...reportOf(error), message: error.message }
}

function seen(pool: LvmPool, contents: Contents, row: VolumeRow, volumeId: string): SeenVolume {
  const snapshots = snapshotRows(pool, contents, volumeId)
  return {
    volumeId,
    isTrashed: row.lv_tags.includes(IN_TRASH),
    format: 'raw',
    sizeBytes: row.lv_size,
    allocatedBytes: allocated(row),
    // A thin volume shares blocks with what it was made from, and needs it no more: the pool counts who uses a block.
    parent: null,
    snapshots: snapshots.map((snapshot) => ({ snapshotId: snapshot.lv_name, sizeBytes: allocated(snapshot) })),
    isInUse: isOpen(row),
    problem: problemOf(row),
  }
}

function volumeIds(pool: LvmPool, { volumes }: Contents): string[] {
  const ids = volumes.filter((row) => isOurs(pool, row)).map(({ lv_name }) => lv_name.replace(/^old_/, ''))
  return [...new Set(ids)].filter(isVolumeName)
}

/** What somebody else has made: neither ours nor the thin pool. */
export function foreignRows(pool: LvmPool, { volumes }: Contents): VolumeRow[] {
  return volumes.filter((row) => !isOurs(pool, row) && row.lv_name !== pool.place.thinPool)
}

function asForeign({ lv_name, lv_size, lv_role }: VolumeRow): SeenForeign {
  const kind = lv_role.includes('public') ? 'volume' : 'other'
  return { name: lv_name, kind, bytes: lv_size, format: null }
}

export async function look(pool: LvmPool, isKeeper: boolean, context: EngineContext): Promise<PoolView> {
  const contents = await extendWhenFilling(pool, await readOwn(pool, context), context)
  const thinPool = thinPoolOf(pool)
  const problem = thinPool === null ? null : thinPoolProblem(contents, thinPool)
  const capacity = thinPool === null ? usageOfGroup(contents.group) : usageOfThinPool(thinPoolRow(contents, thinPool))
  const warning = problem === null ? null : told(problem)
  const active = pool.keeper === undefined ? {} : { activeVolumes: activeIds(pool, contents) }
  if (!isKeeper) return { capacity, warning, volumes: [], foreign: [], ...active }
  const volumes = volumeIds(pool, contents).flatMap((id) => {
    const row = volumeRow(pool, contents, id)
    return row === null ? [] : [seen(pool, contents, row, id)]
  })
  const named = await namingMachines(volumes, ({ volumeId }) => devicePath(pool.place.group, volumeId), context)
  return { capacity, warning, volumes: named, foreign: foreignRows(pool, contents).map(asForeign), ...active }
}

/** Volumes that this host has a device of, also unfinished ones. */
function activeIds(pool: LvmPool, { volumes }: Contents): string[] {
  const active = volumes.filter((row) => isOurs(pool, row) && row.lv_active === 'active')
  return [...new Set(active.map(({ lv_name }) => lv_name.replace(/^(?:old|new)_/, '')))].filter(isVolumeName).sort()
}

export async function find(pool: LvmPool, volumeId: string, context: EngineContext): Promise<SeenVolume | null> {
  const contents = await readOwn(pool, context)
  const row = volumeRow(pool, contents, volumeId)
  if (row === null) return null
  const found = [seen(pool, contents, row, volumeId)]
  const [named = null] = await namingMachines(found, () => devicePath(pool.place.group, volumeId), context)
  return named
}
