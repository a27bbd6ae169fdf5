import type { Command } from '@/lib/drivers/contract/mount-request'
import { CommandError } from '@/lib/drivers/problems/command-error'
import { ProblemError } from '@/lib/drivers/problems/problem'
import { HoldfastError } from '@/lib/errors'
import { lvmReport } from '@/lib/lvm/command'
import { hostTag, otherHost } from '@/lib/lvm/host-marks'
import { readReport } from '@/lib/lvm/report'
import type { EngineContext, OpenPool } from '@/lib/volume-engines/contract/engine'
import type { VolumeGroupPlace } from '@/lib/volume-engines/contract/place'
import { otherPool, poolMarkMissing } from '@/lib/volume-engines/contract/refusals'
import type { LvmSettings } from '@/lib/volume-engines/lvm/descriptor'
import { poolsIn } from '@/lib/volume-engines/lvm/names'
import { GROUP_COLUMNS, GroupRow, oneEach, VOLUME_COLUMNS, VolumeRow } from '@/lib/volume-engines/lvm/reports'

export type LvmPool = OpenPool<VolumeGroupPlace, LvmSettings>

/** What is in the volume group of a pool. */
export interface Contents {
  group: GroupRow
  volumes: VolumeRow[]
}

const VolumeInGroup = VolumeRow.extend(GroupRow.shape)

/** The name of the thin pool; null: the pool has thick volumes. */
export function thinPoolOf({ settings, place }: LvmPool): string | null {
  if (settings.mode === 'thick') return null
  if (place.thinPool === null) throw new HoldfastError('internal', 'A pool of thin volumes has no thin pool.')
  return place.thinPool
}

/** One look at the group and all that is in it. Throws `lvm.group_missing`. */
export async function readContents({ place }: LvmPool, context: EngineContext): Promise<Contents> {
  const { group: name, devices } = place
  const both = lvmReport('lvs', devices, [...VOLUME_COLUMNS, ...GROUP_COLUMNS], ['--', name])
  const rows = readReport('lvs', 'lv', VolumeInGroup, await runLvm(both, name, context))
  const [first] = rows
  if (first !== undefined) return { group: first, volumes: oneEach(rows) }
  // A group that nothing is in has no row there.
  const alone = lvmReport('vgs', devices, GROUP_COLUMNS, ['--', name])
  const [group] = readReport('vgs', 'vg', GroupRow, await runLvm(alone, name, context))
  if (group === undefined) throw new ProblemError('lvm.group_missing', { group: name })
  return { group, volumes: [] }
}

/** A change, with the words of LVM in the problem when it fails. */
export async function change({ place }: LvmPool, command: Command, context: EngineContext): Promise<void> {
  await runLvm(command, place.group, context)
}

async function runLvm({ command, args }: Command, group: string, { host }: EngineContext): Promise<string> {
  try {
    return (await host.run(command, args)).stdout
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    const said = { said: error.stderr, cause: error }
    if (error.stderr.includes(`Volume group "${group}" not found`)) {
      throw new ProblemError('lvm.group_missing', { group }, said)
    }
    throw new ProblemError('lvm.failed', { group }, said)
  }
}

/** Did LVM refuse to make something because its name is taken? */
export function isNameTaken(error: unknown): boolean {
  return error instanceof ProblemError && /already exists in volume group/i.test(error.said)
}

/** Throws for a group that nothing may be changed in here. */
export function requireUsable({ group }: Contents, { host }: EngineContext): void {
  const { vg_name, vg_missing_pv_count: missing } = group
  if (missing > 0) throw new ProblemError('lvm.group_incomplete', { group: vg_name, missing })
  const other = otherHost(group, host.hostId)
  if (other === null) return
  throw new ProblemError('lvm.other_host', { group: vg_name, holder: `host ${other}`, held: hostTag(other) })
}

/** Throws unless the mark of this pool is on the group, and no other one. */
export function requireMark({ poolId }: LvmPool, { group }: Contents): void {
  const found = poolsIn(group.vg_tags)
  const other = found.find((id) => id !== poolId)
  if (other !== undefined) throw otherPool(other)
  if (found.length === 0) throw poolMarkMissing(poolId)
}

/** The group as it is now, of this pool and usable. */
export async function readOwn(pool: LvmPool, context: EngineContext): Promise<Contents> {
  const contents = await readContents(pool, context)
  requireUsable(contents, context)
  requireMark(pool, contents)
  return contents
}

export function rowNamed({ volumes }: Contents, name: string): VolumeRow | null {
  return volumes.find(({ lv_name }) => lv_name === name) ?? null
}

/** The thin pool itself. Throws `lvm.thin_pool_missing`. */
export function thinPoolRow(contents: Contents, thinPool: string): VolumeRow {
  const row = rowNamed(contents, thinPool)
  if (row?.segtype === 'thin-pool') return row
  throw new ProblemError('lvm.thin_pool_missing', { group: contents.group.vg_name, pool: thinPool })
}
