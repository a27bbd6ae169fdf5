import { ProblemError } from '@/lib/drivers/problems/problem'
import { HoldfastError } from '@/lib/errors'
import type { EngineContext } from '@/lib/volume-engines/contract/engine'
import { poolNotEmpty } from '@/lib/volume-engines/contract/refusals'
import { tagGroup } from '@/lib/volume-engines/lvm/commands'
import {
  type Contents,
  change,
  changeAlone,
  type LvmPool,
  readContents,
  requireMark,
  requireUsable,
  thinPoolOf,
  thinPoolRow,
} from '@/lib/volume-engines/lvm/contents'
import { fencesIn, poolsIn, poolTag } from '@/lib/volume-engines/lvm/names'

/** A thin pool whose new volumes would show what was in deleted ones is not used. */
function requireThinPool(contents: Contents, thinPool: string): void {
  if (thinPoolRow(contents, thinPool).zero === 'zero') return
  throw new ProblemError('lvm.thin_pool_not_zeroing', { group: contents.group.vg_name, pool: thinPool })
}

export async function open(pool: LvmPool, isNew: boolean, context: EngineContext): Promise<void> {
  const contents = await readContents(pool, context)
  requireUsable(contents, context)
  const thinPool = thinPoolOf(pool)
  if (thinPool !== null) requireThinPool(contents, thinPool)
  if (!isNew || poolsIn(contents.group.vg_tags).length > 0) return requireMark(pool, contents)
  if (pool.keeper === null) throw notOpened()
  await change(pool, tagGroup(pool.place, { add: [poolTag(pool.poolId)] }), context)
  await requireAlone(pool, context)
  context.log(`The volume group ${pool.place.group} carries the mark of this pool now.`)
}

function notOpened(): HoldfastError {
  return new HoldfastError('unavailable', 'The host that looks after this pool has not opened it yet.')
}

/** Two pools may have been made in one group at the same moment; then neither gets it. */
async function requireAlone(pool: LvmPool, context: EngineContext): Promise<void> {
  const contents = await readContents(pool, context)
  if (poolsIn(contents.group.vg_tags).length > 1) {
    await change(pool, tagGroup(pool.place, { remove: [poolTag(pool.poolId)] }), context)
  }
  requireMark(pool, contents)
}

export async function release(pool: LvmPool, context: EngineContext): Promise<void> {
  const contents = await readContents(pool, context)
  const mark = poolTag(pool.poolId)
  if (!contents.group.vg_tags.includes(mark)) return
  requireUsable(contents, context)
  const left = contents.volumes.filter(({ lv_tags }) => lv_tags.includes(mark)).map(({ lv_name }) => lv_name)
  if (left.length > 0) throw poolNotEmpty(left)
  // The numbers of the next pool begin anew.
  const remove = [mark, ...fencesIn(contents.group.vg_tags)]
  await changeAlone(pool, tagGroup(pool.place, { remove }), context)
}
