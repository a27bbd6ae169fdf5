import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { identify } from '@/agent/host/exec/processes'
import type { ObservedJob } from '@/lib/agent-protocol/messages'
import { type VolumeWork, VolumeWorkResult } from '@/lib/agent-protocol/pools'
import { type HoldfastError, toHoldfastError } from '@/lib/errors'
import { makeBase, removeBase } from '@/testing/agent/mount-host'
import { ask, ended, firstPool, openPoolHost, type PoolHost, poolMount, wirePool } from '@/testing/agent/pool-host'
import { testId } from '@/testing/ids'
import { noFaults, type ToyFaults, toyEngine } from '@/testing/volume-engines/toy-engine'

const TIMING = { changedMs: 20, standingMs: 200, retryMs: [50] }
const EMPTY = { do: 'create', sizeBytes: 4096, format: 'raw', provisioning: 'thin', content: null } as const
const POOL = testId('pool', 'a')
const vol = (name: string) => testId('volume', name)
const snp = (name: string) => testId('snapshot', name)

let base: string
let host: PoolHost
let faults: ToyFaults
let operations = 0

beforeEach(async () => {
  base = makeBase('volumes')
  faults = noFaults()
  host = await openPoolHost(base, toyEngine(faults), TIMING)
  for (const asked of firstPool(base)) await ask(host, asked)
})
afterEach(async () => {
  await host.close()
  removeBase(base)
})

async function replace(): Promise<void> {
  await host.close()
  host = await openPoolHost(base, toyEngine(faults), TIMING)
}

async function start(volumeId: string, work: VolumeWork, operationId = testId('operation', `w${operations++}`)) {
  await ask(host, { verb: 'work', poolId: POOL, volumeId, work, operationId })
  return operationId
}

/** The volume afterwards; throws as the job fails. */
async function does(volumeId: string, work: VolumeWork) {
  const job = await ended(host, await start(volumeId, work))
  if (job.error !== null) throw Object.assign(new Error(job.error.message), job.error)
  return VolumeWorkResult.parse(job.result).volume
}
const failure = (work: Promise<unknown>): Promise<HoldfastError> =>
  work.then(() => expect.fail('It succeeded.'), toFailure)
const toFailure = (error: unknown) => error as HoldfastError
const listed = () => host.pools.volumes.list()
const stored = (name: string) => JSON.parse(readFileSync(join(base, 'data', vol(name), 'volume.json'), 'utf8'))
const volumesThere = () => readdirSync(join(base, 'data')).filter((name) => name.startsWith('vol_'))

test('each kind of work is done, tells the volume as it is then, and is listed at once', async () => {
  expect(await does(vol('a'), EMPTY)).toMatchObject({
    volumeId: vol('a'),
    poolId: POOL,
    state: 'present',
    sizeBytes: 4096,
    generation: 0,
  })
  expect(listed()).toMatchObject([{ volumeId: vol('a'), state: 'present' }])
  expect(await does(vol('a'), { do: 'grow', sizeBytes: 8192 })).toMatchObject({ sizeBytes: 8192 })
  const snapshot = { do: 'snapshot', snapshotId: snp('1') } as const
  expect(await does(vol('a'), snapshot)).toMatchObject({ snapshots: [{ snapshotId: snp('1') }] })
  expect(await does(vol('a'), { ...snapshot, do: 'restore' })).toMatchObject({ snapshots: [{ snapshotId: snp('1') }] })
  const of = { volumeId: vol('a'), snapshotId: snp('1') }
  expect(await does(vol('b'), { do: 'clone', of })).toMatchObject({ parent: of })
  expect(await does(vol('b'), { do: 'flatten' })).toMatchObject({ parent: null })
  expect(await does(vol('l'), { do: 'clone', of, sizeBytes: 16_384 })).toMatchObject({ sizeBytes: 16_384, parent: of })
  // One that would be smaller than what it comes from is not there at all.
  const small = await failure(does(vol('s'), { do: 'clone', of, sizeBytes: 4096 }))
  expect(small.code).toBe('invalid_input')
  for (const work of [{ do: 'trash' }, { do: 'purge' }] as const) await does(vol('l'), work)
  expect(await does(vol('a'), { ...snapshot, do: 'deleteSnapshot' })).toMatchObject({ snapshots: [] })
  expect(await does(vol('a'), { do: 'trash' })).toMatchObject({ state: 'trashed' })
  expect(await does(vol('a'), { do: 'untrash' })).toMatchObject({ state: 'present' })
  await does(vol('a'), { do: 'trash' })
  expect(await does(vol('a'), { do: 'purge' })).toBeNull()
  // What was never finished, or is gone already, is gone for good too.
  expect(await does(vol('never'), { do: 'purge' })).toBeNull()
  expect(listed().map(({ volumeId }) => volumeId)).toEqual([vol('b')])
  writeFileSync(join(base, 'data', 'disk.img'), '')
  expect(await does(vol('c'), { do: 'adopt', name: 'disk.img' })).toMatchObject({ volumeId: vol('c') })
  expect(host.journal.unfinished()).toEqual([])
})

test('twenty creations at once on one pool all succeed', async () => {
  const names = Array.from({ length: 20 }, (_, index) => `v${index}`)
  const made = await Promise.all(names.map((name) => does(vol(name), EMPTY)))
  expect(made.map((volume) => volume?.state)).toEqual(names.map(() => 'present'))
  const ids = names.map(vol).sort()
  expect(
    listed()
      .map(({ volumeId }) => volumeId)
      .sort(),
  ).toEqual(ids)
  const { looks } = faults
  await vi.waitFor(() => expect(faults.looks).toBeGreaterThan(looks + 1))
  expect([
    listed()
      .map(({ volumeId }) => volumeId)
      .sort(),
    host.pools.list()[0]?.state,
  ]).toEqual([ids, 'ready'])
})

test('asked for again it is the same job, and done once', async () => {
  const operationId = testId('operation', 'same')
  await Promise.all([start(vol('a'), EMPTY, operationId), start(vol('a'), EMPTY, operationId)])
  expect(await ended(host, operationId)).toMatchObject({ state: 'succeeded' })
  await start(vol('a'), EMPTY, operationId)
  await expect(start(vol('a'), { do: 'trash' }, operationId)).rejects.toMatchObject({ code: 'conflict' })
})

describe('is refused', () => {
  test('in a pool that is not open here', async () => {
    const operationId = testId('operation', 'x')
    const other = ask(host, { verb: 'work', poolId: testId('pool', 'z'), volumeId: vol('a'), work: EMPTY, operationId })
    await expect(other).rejects.toMatchObject({ code: 'not_found' })
    expect(host.journal.unfinished()).toEqual([])
  })

  test('in a pool that is not well, with what is wrong', async () => {
    renameSync(join(base, 'data/toy-pool.json'), join(base, 'away'))
    await vi.waitFor(() => expect(host.pools.list()[0]?.state).toBe('error'))
    const refused = await failure(start(vol('a'), EMPTY))
    expect(refused).toMatchObject({ code: 'backend_unreachable', message: expect.stringContaining('has not the mark') })
    expect(volumesThere()).toEqual([])
  })

  test('of a volume that is not ours, is there already, or is in the trash', async () => {
    await does(vol('a'), EMPTY)
    expect((await failure(does(vol('x'), { do: 'grow', sizeBytes: 8192 }))).code).toBe('not_found')
    expect((await failure(does(vol('a'), EMPTY))).code).toBe('conflict')
    expect((await failure(does(vol('a'), { do: 'purge' }))).code).toBe('conflict')
    await does(vol('a'), { do: 'trash' })
    for (const work of [
      { do: 'grow', sizeBytes: 8192 },
      { do: 'snapshot', snapshotId: snp('1') },
      { do: 'flatten' },
    ] as const) {
      expect((await failure(does(vol('a'), work))).code, work.do).toBe('conflict')
    }
    const of = { volumeId: vol('a'), snapshotId: null }
    expect((await failure(does(vol('b'), { do: 'clone', of }))).code).toBe('conflict')
    expect(stored('a')).toMatchObject({ sizeBytes: 4096, isTrashed: true })
    expect(volumesThere()).toEqual([vol('a')])
  })

  test.each(['dataPercent', 'metadataPercent'] as const)(
    'in a thin pool that is nearly full (%s), with the figures',
    async (part) => {
      await does(vol('a'), EMPTY)
      faults.thinPool = { dataPercent: 40, metadataPercent: 10, [part]: 95.2 }
      await vi.waitFor(() => expect(host.pools.list()[0]?.capacity?.thinPool?.[part]).toBe(95.2))
      for (const work of [EMPTY, { do: 'clone', of: { volumeId: vol('a'), snapshotId: null } }] as const) {
        const refused = await failure(start(vol('b'), work))
        expect(refused).toMatchObject({ code: 'disk_full', message: expect.stringContaining('95.2 %') })
      }
      expect((await failure(start(vol('a'), { do: 'snapshot', snapshotId: snp('1') }))).code).toBe('disk_full')
      expect(await does(vol('a'), { do: 'trash' })).toMatchObject({ state: 'trashed' })
      expect(volumesThere()).toEqual([vol('a')])
    },
  )

  test('with content that does not fit', async () => {
    await does(vol('a'), EMPTY)
    const content = { from: 'volume', poolId: POOL, volumeId: vol('a'), snapshotId: null } as const
    const refused = await failure(does(vol('b'), { ...EMPTY, sizeBytes: 512, content }))
    expect(refused).toMatchObject({ code: 'invalid_input', message: expect.stringContaining('4096 bytes') })
    expect([faults.sources, volumesThere()]).toEqual([{ opened: 1, closed: 1 }, [vol('a')]])
  })
})

describe('content', () => {
  const content = { from: 'volume', poolId: POOL, volumeId: vol('a'), snapshotId: null } as const
  const copy = { ...EMPTY, sizeBytes: null, content }

  test('from a volume: its source is opened and let go of, and the new one is as large', async () => {
    await does(vol('a'), { ...EMPTY, sizeBytes: 4097 })
    expect(await does(vol('b'), copy)).toMatchObject({ sizeBytes: 4608 })
    expect([stored('b').content, faults.sources]).toEqual([
      join(base, 'mnt/pool', vol('a'), 'volume.json'),
      { opened: 1, closed: 1 },
    ])
  })

  test('that fails leaves nothing, lets go of the source, and says why', async () => {
    await does(vol('a'), EMPTY)
    writeFileSync(join(base, 'data', vol('a'), 'volume.json.spoilt'), '')
    const failed = await failure(does(vol('b'), copy))
    expect(failed).toMatchObject({ code: 'command_failed', message: expect.stringContaining('it is spoilt') })
    expect([volumesThere(), faults.sources.closed]).toEqual([[vol('a')], 1])
    await vi.waitFor(() => expect(listed().map(({ volumeId }) => volumeId)).toEqual([vol('a')]))
  })

  test('that is cancelled leaves nothing', async () => {
    await does(vol('a'), EMPTY)
    faults.gate = join(base, 'gate')
    const operationId = await start(vol('b'), copy)
    await vi.waitFor(() => expect(existsSync(join(base, 'data', vol('b'), 'copy'))).toBe(true))
    host.jobs.cancel(operationId, 1)
    expect(await ended(host, operationId)).toMatchObject({ state: 'cancelled' })
    expect([volumesThere(), faults.sources.closed]).toEqual([[vol('a')], 1])
  })

  test('is read while nobody changes its source: work on that follows', async () => {
    await does(vol('a'), EMPTY)
    faults.gate = join(base, 'gate')
    const copying = await start(vol('b'), copy)
    await vi.waitFor(() => expect(existsSync(join(base, 'data', vol('b'), 'copy'))).toBe(true))
    const trashing = await start(vol('a'), { do: 'trash' })
    const clone = await start(vol('c'), { do: 'clone', of: { volumeId: vol('b'), snapshotId: null } })
    expect(stored('a').isTrashed).toBe(false)
    writeFileSync(faults.gate, '')
    const jobs = await Promise.all([copying, trashing, clone].map((operationId) => ended(host, operationId)))
    expect(jobs.map(({ state }) => state)).toEqual(['succeeded', 'succeeded', 'succeeded'])
    expect([stored('a').isTrashed, stored('c').parent]).toEqual([true, { volumeId: vol('b'), snapshotId: null }])
  })

  test('is copied on after the agent was replaced, by the same program', async () => {
    await does(vol('a'), EMPTY)
    faults.gate = join(base, 'gate')
    const operationId = await start(vol('b'), copy)
    const pids = () =>
      readFileSync(join(base, 'data', vol('b'), 'copy'), 'utf8')
        .trim()
        .split('\n')
    await vi.waitFor(() => expect(pids()).toHaveLength(1))
    await replace()
    writeFileSync(faults.gate, '')
    const job: ObservedJob = await ended(host, operationId)
    expect(job).toMatchObject({ state: 'succeeded', result: { volume: { volumeId: vol('b'), state: 'present' } } })
    expect([pids().length, faults.sources]).toEqual([1, { opened: 2, closed: 1 }])
  })
})

describe('a pool that goes away', () => {
  const away = () => renameSync(join(base, 'data/toy-pool.json'), join(base, 'away'))
  const back = () => renameSync(join(base, 'away'), join(base, 'data/toy-pool.json'))
  const content = { from: 'volume', poolId: POOL, volumeId: vol('a'), snapshotId: null } as const

  async function cutOff(): Promise<string> {
    await does(vol('a'), EMPTY)
    faults.gate = join(base, 'gate')
    const operationId = await start(vol('b'), { ...EMPTY, content })
    await vi.waitFor(() => expect(existsSync(join(base, 'data', vol('b'), 'copy'))).toBe(true))
    await host.close()
    away()
    host = await openPoolHost(base, toyEngine(faults), TIMING)
    await vi.waitFor(() =>
      expect(host.jobs.find(operationId)?.lines.at(-1)?.message).toContain('It waits for its pool.'),
    )
    return operationId
  }

  test('is waited for by a job that was cut off', async () => {
    const operationId = await cutOff()
    writeFileSync(faults.gate ?? '', '')
    back()
    expect(await ended(host, operationId)).toMatchObject({ state: 'succeeded' })
  })

  test('and a job that is cancelled meanwhile takes back what it did when the pool is back', async () => {
    const operationId = await cutOff()
    host.jobs.cancel(operationId, 1)
    expect(host.jobs.find(operationId)?.state).toBe('cancelling')
    back()
    expect(await ended(host, operationId)).toMatchObject({ state: 'cancelled' })
    expect(volumesThere()).toEqual([vol('a')])
  })

  test('for good: the pool can be closed, the job says what may be left, and its program ends', async () => {
    const operationId = await cutOff()
    const pid = Number(readFileSync(join(base, 'data', vol('b'), 'copy'), 'utf8'))
    expect(identify(pid)).not.toBeNull()
    await ask(host, { verb: 'close', pool: wirePool(base), forGood: false, operationId: testId('operation', 'close') })
    expect(await ended(host, operationId)).toMatchObject({
      state: 'failed',
      error: { message: expect.stringContaining('What it had done may be left there.') },
    })
    expect([host.pools.list(), host.journal.unfinished()]).toEqual([[], []])
    await vi.waitFor(() => expect(identify(pid)).toBeNull(), 20_000)
  })
})

test('a pool whose mount goes away says so within one look', async () => {
  await does(vol('a'), EMPTY)
  const before = listed()
  await ask(host, { verb: 'mount', mount: poolMount(base, { desiredState: 'unmounted' }), generation: 2 })
  await vi.waitFor(() =>
    expect(host.pools.list()[0]).toMatchObject({
      state: 'error',
      error: { message: expect.stringContaining('is absent') },
    }),
  )
  expect(listed()).toEqual(before)
  expect(toHoldfastError(await failure(start(vol('b'), EMPTY))).code).toBe('backend_unreachable')
})
