import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import type { ObservedPool } from '@/lib/agent-protocol/pools'
import { HoldfastError } from '@/lib/errors'
import { setUpPools } from '@/testing/agent/pools-rig'
import { testId } from '@/testing/ids'
import { POOL_DOCUMENTS } from './pool-documents'

const rig = setUpPools()

const VOLUME = testId('volume', '1')
const comesTo = (state: ObservedPool['state']) => vi.waitFor(() => expect(rig.pool?.state).toBe(state))
const mark = () => join(rig.place, 'toy-pool.json')

function putVolume(id = VOLUME, more: object = {}): void {
  mkdirSync(join(rig.place, id))
  const volume = { volumeId: id, isTrashed: false, format: 'raw', provisioning: 'thin', sizeBytes: 4096 }
  const text = JSON.stringify({ ...volume, content: '', parent: null, snapshots: {}, ...more })
  writeFileSync(join(rig.place, id, 'volume.json'), text)
}
const volumes = () => rig.manager.volumes.list()

test('opens a pool, makes its mark, and tells what is in it', async () => {
  writeFileSync(join(rig.place, 'old.iso'), '')
  const opened = await rig.open()
  expect(opened).toMatchObject({
    state: 'ready',
    generation: 1,
    error: null,
    capacity: { totalBytes: 1024 ** 4 },
    capacityAt: expect.any(String),
    foreign: { count: 1, items: [{ name: 'old.iso' }] },
  })
  expect(existsSync(mark())).toBe(true)
  putVolume()
  await vi.waitFor(() => expect(volumes()).toMatchObject([{ volumeId: VOLUME, state: 'present', generation: 0 }]))
})

test('asked twice it is opened once, and an older generation is refused', async () => {
  const operationId = testId('operation', 'same')
  const [first, second] = await Promise.all([rig.open({ operationId }), rig.open({ operationId })])
  expect(second).toEqual(first)
  expect(rig.faults.opens).toEqual([{ isNew: true }])
  await rig.open({ generation: 5 })
  await expect(rig.open({ generation: 4 })).rejects.toMatchObject({ code: 'stale' })
})

test('is never new again where it was open once, whatever the controller says', async () => {
  await rig.open()
  rmSync(mark())
  await expect(rig.open({ generation: 2 })).rejects.toMatchObject({ code: 'conflict' })
  expect(readdirSync(rig.place)).toEqual([])
  expect(rig.pool).toMatchObject({ state: 'error', error: { code: 'conflict' } })
})

test.each([
  [null, 'not on this host'],
  [
    { state: 'hung' as const, error: { code: 'backend_unreachable', message: 'It hangs.', problem: 'mount.hung' } },
    'is hung. It hangs.',
  ],
  [{ state: 'mounted' as const, proven: false }, 'has not shown yet'],
])('is not opened on a mount that does not stand: %j', async (mount, words) => {
  rig.setMount(mount)
  const failure = await rig.open().catch((error: HoldfastError) => error)
  expect(failure).toMatchObject({ code: 'backend_unreachable', message: expect.stringContaining(words) })
  expect(rig.faults.opens).toEqual([])
  expect(rig.pool).toMatchObject({ state: 'error', error: { message: expect.stringContaining(words) } })
  if (mount !== null && 'error' in mount) expect(rig.pool?.error?.problem).toBe('mount.hung')
})

test('waits for a mount that is on its way', async () => {
  rig.setMount({ state: 'mounting' })
  const opening = rig.open()
  await comesTo('opening')
  rig.setMount({})
  expect(await opening).toMatchObject({ state: 'ready' })
})

test('a mount that goes away is told at once, and the volumes keep their last figures', async () => {
  await rig.open()
  putVolume()
  await vi.waitFor(() => expect(volumes()).toHaveLength(1))
  const before = volumes()
  rig.setMount({ state: 'absent' })
  await comesTo('error')
  expect(rig.pool).toMatchObject({
    error: { message: expect.stringContaining('is absent') },
    capacity: { totalBytes: 1024 ** 4 },
  })
  expect(volumes()).toEqual(before)
  rig.setMount({})
  await comesTo('ready')
  expect(rig.faults.opens.at(-1)).toEqual({ isNew: false })
})

test('a mark that is gone is seen by the next look, and nothing is made in its place', async () => {
  await rig.open()
  putVolume()
  await vi.waitFor(() => expect(volumes()).toHaveLength(1))
  renameSync(mark(), join(rig.directory, 'away'))
  await comesTo('error')
  expect(rig.pool?.error).toMatchObject({ code: 'conflict', message: expect.stringContaining('has not the mark') })
  expect(volumes()).toHaveLength(1)
  renameSync(join(rig.directory, 'away'), mark())
  await comesTo('ready')
})

test('another pool’s mark is refused', async () => {
  writeFileSync(mark(), testId('pool', 'other'))
  await expect(rig.open()).rejects.toMatchObject({ code: 'conflict' })
})

test('a storage that hangs is told, with one look at a time', async () => {
  await rig.open()
  rig.faults.hangs = true
  await comesTo('error')
  expect(rig.pool?.error?.code).toBe('timed_out')
  rig.faults.hangs = false
  await comesTo('ready')
  expect(rig.faults.lookingAtMost).toBe(1)
})

test('a look has as long as its engine asks for', async () => {
  await rig.open()
  await rig.stop()
  rig.lookMs = 600_000
  await rig.replace()
  await vi.waitFor(() => expect(rig.faults.lookLimitMs).toBeGreaterThan(590_000))
})

test('a look that hangs keeps no command waiting', async () => {
  await rig.open()
  await rig.stop()
  rig.timing = { lookMs: 600_000 }
  await rig.replace()
  await comesTo('ready')
  rig.faults.hangs = true
  const { looks } = rig.faults
  await vi.waitFor(() => expect(rig.faults.looks).toBeGreaterThan(looks))
  expect(await rig.close(false)).toEqual({ closed: true })
})

test('something that is wrong with a pool that can be read makes it degraded', async () => {
  await rig.open()
  rig.faults.warning = 'Its metadata is nearly full.'
  await comesTo('degraded')
  expect(rig.pool?.error).toEqual({ code: 'command_failed', message: 'Its metadata is nearly full.' })
  rig.faults.warning = null
  await comesTo('ready')
})

test('`since` is when the state began, not when it was looked at', async () => {
  const { since } = await rig.open()
  const looks = rig.faults.looks
  await vi.waitFor(() => expect(rig.faults.looks).toBeGreaterThan(looks + 2))
  expect(rig.pool?.since).toBe(since)
})

test('after a restart it is looked after again, and its mark is looked for before anything is asked', async () => {
  await rig.open()
  putVolume()
  await rig.replace()
  expect(rig.pool).toMatchObject({ state: 'opening', foreign: null, capacityAt: null })
  await comesTo('ready')
  expect(volumes()).toHaveLength(1)
  expect(rig.faults.opens).toEqual([{ isNew: true }, { isNew: false }])
})

test('one that could not be opened is not opened later by itself', async () => {
  rig.faults.error = new HoldfastError('conflict', 'It is not empty.')
  await expect(rig.open()).rejects.toMatchObject({ code: 'conflict' })
  rig.faults.error = null
  await rig.replace()
  expect(rig.pool).toMatchObject({ state: 'error', error: { message: 'It has not been opened on this host yet.' } })
  expect(existsSync(mark())).toBe(false)
  await rig.open({ generation: 2 })
  expect(rig.pool?.state).toBe('ready')
})

test('an agent that ends in the middle of an open is followed by one that finishes it', async () => {
  rig.faults.hangs = true
  const operationId = testId('operation', 'cut')
  const cut = rig.open({ operationId }).catch((error: HoldfastError) => error.code)
  await vi.waitFor(() => expect(rig.faults.opens).toHaveLength(1))
  await rig.stop()
  expect(await cut).toBe('timed_out')
  rig.faults.hangs = false
  await rig.replace()
  await comesTo('ready')
  await vi.waitFor(() => expect(rig.journal.unfinished()).toEqual([]))
  expect(await rig.open({ operationId })).toMatchObject({ state: 'ready' })
})

test.each([true, false])(
  'an agent that ends in the middle of a close (for good: %s) is followed by one that finishes it',
  async (forGood) => {
    await rig.open()
    await rig.stop()
    const pool = rig.wire()
    const { journal } = rig
    const command = {
      operationId: testId('operation', 'cut'),
      resourceId: pool.poolId,
      generation: 2,
      fence: 1,
      ttlMs: 1_000,
    }
    journal.begin({ kind: 'closePool', envelope: command, args: { pool, forGood } }, () => {
      journal.documents(POOL_DOCUMENTS).markRemoving(pool.poolId, 2)
      journal.documents(POOL_DOCUMENTS).remember(pool.poolId, { forGood })
    })
    await rig.replace()
    await vi.waitFor(() => expect(rig.journal.unfinished()).toEqual([]))
    expect([rig.manager.list(), existsSync(mark())]).toEqual([[], !forGood])
  },
)

test('closing keeps what is there; closing for good takes the mark, and is refused while volumes are there', async () => {
  await rig.open()
  putVolume()
  await expect(rig.close(true)).rejects.toMatchObject({ code: 'busy' })
  await comesTo('ready')
  await rig.close(false, { generation: 3 })
  expect([rig.manager.list(), volumes(), existsSync(mark())]).toEqual([[], [], true])
  expect(rig.told.at(-1)).toMatchObject({ kind: 'pool', gone: [testId('pool', '1')] })
  rmSync(join(rig.place, VOLUME), { recursive: true })
  await rig.close(true, { generation: 4 })
  expect(existsSync(mark())).toBe(false)
  expect(await rig.close(false, { generation: 5 })).toEqual({ closed: true })
  expect(rig.manager.list()).toEqual([])
})

test.each([null, { state: 'error' as const, error: { code: 'not_found', message: 'There is no such directory.' } }])(
  'one that was never open is closed for good although its storage was never there: %j',
  async (mount) => {
    rig.setMount(mount)
    await rig.open().catch(() => undefined)
    expect(await rig.close(true)).toEqual({ closed: true })
    expect(rig.manager.list()).toEqual([])
  },
)

test('one that was open is not closed for good while its storage is away, since its mark would stay', async () => {
  await rig.open()
  rig.setMount(null)
  await expect(rig.close(true)).rejects.toMatchObject({ code: 'backend_unreachable' })
  rig.setMount({})
  await comesTo('ready')
})

test('closing is refused while one of its volumes is being worked on', async () => {
  await rig.open()
  const { hold } = rig.holds.take('op', [VOLUME], [testId('pool', '1')])
  await expect(rig.close(false)).rejects.toMatchObject({ code: 'busy' })
  await comesTo('ready')
  // It waits for a pool that does not come back: that must not keep it here for ever.
  hold.isWaiting = true
  expect(await rig.close(false, { generation: 3 })).toEqual({ closed: true })
})

test('a host that is not the keeper tells of no volumes', async () => {
  putVolume()
  await rig.open()
  await vi.waitFor(() => expect(volumes()).toHaveLength(1))
  const opened = await rig.open({ generation: 2 }, rig.wire({ isKeeper: false }))
  expect([opened.foreign, opened.capacity?.totalBytes, volumes()]).toEqual([null, 1024 ** 4, []])
})

test('a look that began before work on a volume ended knows less of it than the work', async () => {
  putVolume()
  await rig.open()
  await vi.waitFor(() => expect(volumes()).toHaveLength(1))
  const gate = Promise.withResolvers<void>()
  rig.faults.afterReading = gate.promise
  const { looks } = rig.faults
  await vi.waitFor(() => expect(rig.faults.looks).toBeGreaterThan(looks))
  // It has read the volume; now that is purged, and seen to be gone.
  rmSync(join(rig.place, VOLUME), { recursive: true })
  rig.manager.get(testId('pool', '1')).sight(VOLUME, null)
  rig.told = []
  rig.faults.afterReading = null
  gate.resolve()
  await vi.waitFor(() => expect(rig.faults.looks).toBeGreaterThan(looks + 1))
  expect(volumes()).toEqual([])
  expect(rig.told.flatMap(({ kind, changed }) => (kind === 'volume' ? changed : []))).toEqual([])
})

test('a volume that is being made is told when it is done; one that was there before is told while it is worked on', async () => {
  await rig.open()
  const other = testId('volume', 'other')
  rig.holds.take('op', [VOLUME, other], [testId('pool', '1')], [VOLUME])
  putVolume()
  putVolume(other)
  await vi.waitFor(() => expect(volumes().map(({ volumeId }) => volumeId)).toEqual([other]))
  rig.holds.release('op')
  await vi.waitFor(() => expect(volumes()).toHaveLength(2))
})

test('volumes are told before the pool that was looked at', async () => {
  putVolume()
  await rig.open()
  const kinds = rig.told
    .filter(({ changed }) => changed.some((one) => !('state' in one) || one.state !== 'opening'))
    .map(({ kind }) => kind)
  expect(kinds).toEqual(['volume', 'pool'])
})

test('what is looked at again and is the same is no news', async () => {
  await rig.open()
  rig.told = []
  const { looks } = rig.faults
  await vi.waitFor(() => expect(rig.faults.looks).toBeGreaterThan(looks + 2))
  expect(rig.told).toEqual([])
})

test('a policy refuses to open, and never to close', async () => {
  await rig.open()
  rig.policy = { drivers: ['nfs'] }
  await expect(rig.open({ generation: 2 })).rejects.toMatchObject({ code: 'policy_denied' })
  await rig.close(true, { generation: 3 })
  expect(existsSync(mark())).toBe(false)
})

test('settings, engine and mount that do not go together are refused before anything is written down', async () => {
  await expect(rig.open({}, rig.wire({ settings: { default_format: 'vmdk' } }))).rejects.toMatchObject({
    code: 'invalid_input',
  })
  await expect(rig.open({}, rig.wire({ engine: 'rbd' }))).rejects.toMatchObject({ code: 'unsupported' })
  await expect(rig.open({}, rig.wire({ mountId: null }))).rejects.toMatchObject({ code: 'invalid_input' })
  const other = { resourceId: testId('pool', 'other') }
  await expect(rig.open(other)).rejects.toMatchObject({ code: 'invalid_input' })
  expect([rig.manager.list(), rig.journal.unfinished()]).toEqual([[], []])
})
