import { existsSync, readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { hostEngine } from '@/agent/volume-engines'
import type { ObservedPool } from '@/lib/agent-protocol/pools'
import { bundleProcess } from '@/testing/agent/bundle-process'
import { makeBase, removeBase } from '@/testing/agent/mount-host'
import { CrashRig } from '@/testing/agent/pool-crash'
import { ask, ended, firstPool, openPoolHost, type PoolHost, poolMount, wirePool } from '@/testing/agent/pool-host'
import { testId } from '@/testing/ids'

const TIMING = { changedMs: 5, standingMs: 300, retryMs: [50], lookMs: 60_000 }
const EMPTY = { do: 'create', sizeBytes: 1024 ** 3, format: 'qcow2', provisioning: 'thin', content: null } as const
const POOL = testId('pool', 'a')
const MARK = 'holdfast-pool.json'

let operations = 0
const operation = () => testId('operation', `i${operations++}`)

let base: string
let host: PoolHost
beforeEach(async () => {
  base = makeBase('images')
  host = await openPoolHost(base, hostEngine('image-files'), TIMING)
})
afterEach(async () => {
  await host.close()
  removeBase(base)
})

const comesTo = (state: ObservedPool['state']) =>
  vi.waitFor(() => expect(host.pools.list()[0]?.state).toBe(state), { timeout: 30_000 })
const listed = () =>
  host.pools.volumes
    .list()
    .map(({ volumeId }) => volumeId)
    .sort()

test('twenty creations at once all succeed, while the pool is looked at all the time', async () => {
  for (const asked of firstPool(base)) await ask(host, asked)
  const states: string[] = []
  host.pools.subscribe((pools) => void states.push(...pools.map(({ state }) => state)))
  const ids = Array.from({ length: 20 }, (_, index) => testId('volume', index)).sort()
  const jobs = await Promise.all(
    ids.map(async (volumeId) => {
      const operationId = operation()
      await ask(host, { verb: 'work', poolId: POOL, volumeId, work: EMPTY, operationId })
      return ended(host, operationId)
    }),
  )
  expect(jobs.flatMap(({ error }) => error ?? [])).toEqual([])
  const { capacityAt } = host.pools.list()[0] ?? {}
  await vi.waitFor(() => expect(host.pools.list()[0]?.capacityAt).not.toBe(capacityAt), { timeout: 30_000 })
  expect([listed(), states.filter((state) => state !== 'ready'), host.journal.unfinished()]).toEqual([ids, [], []])
}, 180_000)

test('a mark that is gone, and a mount that is gone, are seen within one look; volumes keep their last figures', async () => {
  for (const asked of firstPool(base)) await ask(host, asked)
  const operationId = operation()
  const volumeId = testId('volume', 'a')
  await ask(host, { verb: 'work', poolId: POOL, volumeId, work: EMPTY, operationId })
  await ended(host, operationId)
  const before = host.pools.volumes.list()
  renameSync(join(base, 'data', MARK), join(base, 'mark'))
  await comesTo('error')
  expect(host.pools.list()[0]?.error).toMatchObject({ code: 'conflict', message: expect.stringContaining('mark') })
  renameSync(join(base, 'mark'), join(base, 'data', MARK))
  await comesTo('ready')
  await ask(host, { verb: 'mount', mount: poolMount(base, { desiredState: 'unmounted' }), generation: 2 })
  await comesTo('error')
  // Nothing is made in the directory under the mount.
  expect(existsSync(join(base, 'mnt/pool')) ? readdirSync(join(base, 'mnt/pool')) : []).toEqual([])
  expect(host.pools.volumes.list()).toEqual(before)
}, 120_000)

let bundle: Awaited<ReturnType<typeof bundleProcess>>
beforeAll(async () => {
  bundle = await bundleProcess('pool-process')
})
afterAll(() => bundle.done())

type Points = (verb: 'open' | 'close') => string[]
/** Where it was done and is noted nowhere, and where only the answer is missing. */
const usual: Points = (verb) => [`pool.${verb}.after`, 'result.before']
const others: Points = (verb) => [`pool.${verb}.before`, 'intent.after-commit', 'result.after']

const killed = 'kill -9 of the agent while it opens and closes a pool: one mark in the end, then none'
test(killed, { timeout: 600_000 }, () => tryKilling(usual))
test(`${killed}, at every other point`, { tags: 'full', timeout: 600_000 }, () => tryKilling(others))

function tryKilling(points: Points): void {
  const rig = new CrashRig(bundle.program, 'image-files')
  try {
    const [mounts, asked] = firstPool(rig.base)
    if (mounts === undefined || asked === undefined) throw new Error('nothing is asked')
    rig.agent([mounts])
    rig.keep()
    for (const point of points('open')) {
      rig.back()
      expect(rig.agent([asked], point), point).toBeNull()
      const after = rig.agent([asked])
      expect(after, point).toMatchObject({ unfinished: 0, answers: [{ result: { state: 'ready' } }] })
      expect(Object.keys(rig.files()), point).toEqual([`data/${MARK}`])
    }
    rig.keep()
    for (const point of points('close')) {
      rig.back()
      const closes = { verb: 'close', pool: wirePool(rig.base), forGood: true, operationId: operation() } as const
      expect(rig.agent([closes], point), point).toBeNull()
      const after = rig.agent([closes])
      expect(after, point).toMatchObject({ unfinished: 0, pools: [], answers: [{ result: { closed: true } }] })
      expect(rig.files(), point).toEqual({})
    }
  } finally {
    rig.remove()
  }
}
