import { expect, it } from 'vitest'
import { setUpPools } from '@/testing/agent/pools-rig'
import { waitFor } from '@/testing/wait'

/** A pool that other hosts have open too, and which of them may change it. */
const rig = setUpPools()
const keeper = () => rig.wire({ isLeased: true })
const another = () => rig.wire({ isLeased: true, isKeeper: false, isNew: false })
const right = () => rig.leases.right(rig.wire().poolId)
const lend = () => {
  const { poolId } = rig.wire()
  return rig.manager.keep([{ poolId, stamp: rig.manager.keep([], 1).stamp }], 1)
}

it('is lent to its keeper alone, and to nobody by a controller that was followed', async () => {
  await rig.open({}, rig.wire())
  expect(lend().kept).toEqual([])
  await rig.open({ generation: 2 }, keeper())
  expect(lend().kept).toEqual([rig.wire().poolId])
  expect(await right().ready(new AbortController().signal, () => undefined)).toBe(2)
  expect(() => rig.manager.keep([], 0)).toThrow(expect.objectContaining({ code: 'stale' }))
})

it('has nothing on loan after a start, and still knows that it is the keeper', async () => {
  await rig.open({}, keeper())
  lend()
  await rig.replace()
  expect(rig.manager.keep([], 1).kept).toEqual([rig.wire().poolId])
  expect(right().begin(1, async () => 'begun')).toBeNull()
  lend()
  expect(await right().begin(1, async () => 'begun')).toBe('begun')
})

it('says that it is the keeper no more when what it had begun has ended', async () => {
  await rig.open({}, keeper())
  lend()
  const end = Promise.withResolvers<void>()
  const begun = right().begin(1, () => end.promise)
  let isTold = false
  const told = rig.open({ generation: 2 }, another()).then(() => {
    isTold = true
  })
  await waitFor('the loan to be over', () => right().begin(1, async () => 0) === null)
  expect([isTold, rig.pool?.generation]).toEqual([false, 1])
  end.resolve()
  await begun
  await told
  expect(rig.pool?.generation).toBe(2)
  expect(lend().kept).toEqual([])
})

it('has nothing on loan any more where it is closed', async () => {
  await rig.open({}, keeper())
  lend()
  await rig.close(false)
  expect(lend().kept).toEqual([])
})
