import { ProblemError } from '@/lib/drivers/problems/problem'
import { HoldfastError } from '@/lib/errors'
import { formatBytes } from '@/lib/units'
import type { EngineContext } from '@/lib/volume-engines/contract/engine'
import { activate, extendThinPool } from '@/lib/volume-engines/lvm/commands'
import {
  type Contents,
  change,
  type LvmPool,
  readContents,
  thinPoolOf,
  thinPoolRow,
} from '@/lib/volume-engines/lvm/contents'
import { EXTENDED_FROM, growthOf, isAtLeast, REFUSED_FROM, thinUsage } from '@/lib/volume-engines/lvm/fullness'

/** What is wrong with the thin pool; null: nothing. */
export function thinPoolProblem(contents: Contents, thinPool: string): ProblemError | null {
  const row = thinPoolRow(contents, thinPool)
  const { vg_name: group, vg_free } = contents.group
  const known = { group, pool: thinPool }
  // Full data is told as full, with the figures.
  const isBroken = row.lv_health_status !== '' && row.lv_health_status !== 'out_of_data'
  if (isBroken) return new ProblemError('lvm.thin_pool_failed', { ...known, found: row.lv_health_status })
  const { data_percent: data, metadata_percent: metadata } = row
  if (data === null || metadata === null) return new ProblemError('lvm.thin_pool_inactive', known)
  if (!isAtLeast(thinUsage(row), REFUSED_FROM)) return null
  const free = formatBytes(vg_free)
  return new ProblemError('lvm.thin_pool_full', { ...known, data, metadata, free, limit: REFUSED_FROM })
}

/** A thin pool that is not active is not measured: it is activated. */
async function measured(pool: LvmPool, contents: Contents, thinPool: string, context: EngineContext) {
  if (thinPoolRow(contents, thinPool).data_percent !== null) return contents
  await change(pool, activate(pool.place, thinPool, 'write'), context)
  return await readContents(pool, context)
}

/**
 * Makes a thin pool larger that is filling up, as far as its group has room, and gives the contents as they are then. LVM's own daemon
 * does so only where the lvm.conf of the host says so and where it may see the disk, which is neither known nor ours to change.
 */
export async function extendWhenFilling(pool: LvmPool, contents: Contents, context: EngineContext): Promise<Contents> {
  const thinPool = thinPoolOf(pool)
  if (thinPool === null) return contents
  const row = thinPoolRow(contents, thinPool)
  const { vg_free, vg_extent_size } = contents.group
  if (!isAtLeast(thinUsage(row), EXTENDED_FROM) || vg_free < vg_extent_size) return contents
  const percent = growthOf(row, vg_free)
  if (percent === 0) return contents
  try {
    await change(pool, extendThinPool(pool.place, thinPool, percent), context)
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error
    const said = error instanceof ProblemError && error.said !== '' ? error.said : error.message
    context.log(`The thin pool ${thinPool} could not be made larger: ${said}`)
    return contents
  }
  const after = await readContents(pool, context)
  const grown = thinPoolRow(after, thinPool).lv_size
  if (grown > row.lv_size) context.log(`The thin pool ${thinPool} was filling up and has ${formatBytes(grown)} now.`)
  return after
}

/** Throws unless something new of `bytes` may be made. A thin volume takes room only when it is written to. */
export async function requireRoom(
  pool: LvmPool,
  contents: Contents,
  bytes: number,
  context: EngineContext,
): Promise<void> {
  const thinPool = thinPoolOf(pool)
  const { vg_name: group, vg_free } = contents.group
  if (thinPool === null) {
    if (bytes <= vg_free) return
    throw new ProblemError('lvm.no_room', { group, wanted: formatBytes(bytes), free: formatBytes(vg_free) })
  }
  const now = await extendWhenFilling(pool, await measured(pool, contents, thinPool, context), context)
  const problem = thinPoolProblem(now, thinPool)
  if (problem !== null) throw problem
}
