import type { Command } from '@/lib/drivers/contract/mount-request'
import { CommandError } from '@/lib/drivers/problems/command-error'
import { ProblemError } from '@/lib/drivers/problems/problem'
import { HoldfastError } from '@/lib/errors'
import { lvmReport } from '@/lib/lvm/command'
import { hostTag, otherHost } from '@/lib/lvm/host-marks'
import { readReport } from '@/lib/lvm/report'
import type { EngineContext, KeeperRight, OpenPool } from '@/lib/volume-engines/contract/engine'
import type { VolumeGroupPlace } from '@/lib/volume-engines/contract/place'
import { otherPool, poolMarkMissing } from '@/lib/volume-engines/contract/refusals'
import { tagGroup } from '@/lib/volume-engines/lvm/commands'
import type { LvmSettings } from '@/lib/volume-engines/lvm/descriptor'
import { fenceIn, fencesIn, fenceTag, poolsIn } from '@/lib/volume-engines/lvm/names'
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

/** A change, with the words of LVM in the problem when it fails. Of a group that other hosts have open too, by its keeper alone. */
export async function change(pool: LvmPool, command: Command, context: EngineContext): Promise<void> {
  const { keeper, place } = pool
  if (keeper === undefined) return void (await runLvm(command, place.group, context))
  if (keeper === null) throw notKeeper()
  for (;;) {
    const own = await keeper.ready(context.signal, context.log)
    const commands = [...(await takingOver(pool, own, context)), command]
    if (await beginAll(keeper, own, commands, place.group, context)) return
  }
}

/**
 * The group is read anew before each change: the number of a newer keeper there means that this host was cut off. Its own number goes
 * there before its first change, which stops the keeper before it.
 */
async function takingOver(pool: LvmPool, own: number, context: EngineContext): Promise<Command[]> {
  const { group } = await readContents(pool, context)
  const found = fenceIn(group.vg_tags)
  if (found === own) return []
  if (found !== null && found > own) throw new ProblemError('lvm.fenced', { group: group.vg_name, found, own })
  return [tagGroup(pool.place, { add: [fenceTag(own)], remove: fencesIn(group.vg_tags) })]
}

/** False: this host may not begin any more, and has to ask again. What was begun before is not begun twice. */
async function beginAll(
  keeper: KeeperRight,
  own: number,
  commands: readonly Command[],
  group: string,
  context: EngineContext,
): Promise<boolean> {
  for (const command of commands) {
    const begun = keeper.begin(own, () => runLvm(command, group, context))
    if (begun === null) return false
    await begun
  }
  return true
}

function notKeeper(): HoldfastError {
  return new HoldfastError('conflict', 'Another host looks after this pool, so this one changes nothing in it.')
}

/** A change while nobody else can make one: nothing is in the pool, and it is on its way out. */
export async function changeAlone({ place }: LvmPool, command: Command, context: EngineContext): Promise<void> {
  await runLvm(command, place.group, context)
}

/** What makes a device on this host or takes it away, and writes nothing to the group: each host does so for itself. */
export async function switchDevice({ place }: LvmPool, command: Command, context: EngineContext): Promise<void> {
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
