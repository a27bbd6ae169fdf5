import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { ObservedMount } from '@/lib/agent-protocol/messages'
import type { ObservedPool, ObservedVolume } from '@/lib/agent-protocol/pools'
import { Ledger } from '@/lib/controller/resources/ledger'
import { observedMounts } from '@/lib/controller/resources/mounts/observed'
import { observedPools } from '@/lib/controller/resources/pools/observed'
import { observedVolumes } from '@/lib/controller/resources/volumes/observed'
import type { Db } from '@/lib/db/client'
import { testId } from '@/testing/ids'

const database = {} as Db
const HOST = testId('host', 'a')
const MIB = 1024 * 1024
const SIX_MINUTES = 6 * 60_000

const volume = (allocatedBytes: number): ObservedVolume => ({
  volumeId: testId('volume', 'a'),
  poolId: testId('pool', 'a'),
  state: 'present',
  generation: 0,
  since: '2026-11-30T00:00:00.000Z',
  format: 'qcow2',
  sizeBytes: 1024 * MIB,
  allocatedBytes,
  parent: null,
  snapshots: [],
  isInUse: false,
  error: null,
})

let ledger: Ledger
const see = (allocatedBytes: number) => ledger.seen(HOST, [volume(allocatedBytes)], true)
const due = (now: number) => {
  ledger.includeFigures(now)
  return ledger.take().map((row) => Number((row as unknown as { allocatedBytes: bigint }).allocatedBytes))
}

beforeEach(() => {
  ledger = new Ledger(observedVolumes as never)
  see(10 * MIB)
  ledger.written(ledger.take())
})

test('a figure that has hardly moved, and is told once, is written after a while', () => {
  see(11 * MIB)
  expect(due(performance.now())).toEqual([])
  expect(due(performance.now() + SIX_MINUTES)).toEqual([11 * MIB])
})

test('one that is as stored again is not written', () => {
  see(11 * MIB)
  see(10 * MIB)
  expect(due(performance.now() + SIX_MINUTES)).toEqual([])
})

test('one that has moved far is written with the next round', () => {
  see(11 * MIB)
  see(200 * MIB)
  expect(due(performance.now())).toEqual([200 * MIB])
  expect(due(performance.now() + SIX_MINUTES)).toEqual([])
})

test('one that moved and came back is not written', () => {
  see(200 * MIB)
  see(10 * MIB)
  expect(due(performance.now())).toEqual([])
})

test('what is seen while the state before it is being written is not lost, where it is as it was before that', () => {
  const broken = { ...volume(10 * MIB), state: 'broken' as const }
  ledger.seen(HOST, [broken], true)
  const writing = ledger.take()
  see(10 * MIB)
  expect(ledger.hasChanges()).toBe(true)
  ledger.written(writing)
  const [after] = ledger.take()
  expect(after?.observedState).toBe('present')
})

test('one that is gone again while it is being written is gone in the end', () => {
  ledger.gone(HOST, [testId('volume', 'a')])
  ledger.written(ledger.take())
  see(10 * MIB)
  const writing = ledger.take()
  ledger.gone(HOST, [testId('volume', 'a')])
  ledger.written(writing)
  expect(ledger.take().map(({ observedState }) => observedState)).toEqual(['missing'])
})

describe('a figure that is the same, and was measured again', () => {
  const measured = (at: number) => new Date(Date.parse('2026-11-30T00:00:00Z') + at * 1_000).toISOString()
  const of = (percent: number) => ({
    totalBytes: 100 * MIB,
    usedBytes: percent * MIB,
    availableBytes: (100 - percent) * MIB,
  })
  const mount = (percent: number, at: number) =>
    ({
      mountId: testId('mount', 'a'),
      mountPoint: '/mnt/a',
      state: 'mounted',
      generation: 1,
      since: measured(0),
      options: null,
      error: null,
      usage: { ...of(percent), fileCount: null },
      usageAt: measured(at),
    }) as unknown as ObservedMount
  const pool = (percent: number, at: number) =>
    ({
      poolId: testId('pool', 'a'),
      state: 'open',
      generation: 1,
      since: measured(0),
      error: null,
      capacity: of(percent),
      capacityAt: measured(at),
      foreign: null,
    }) as unknown as ObservedPool
  const kinds = { mount: [observedMounts(() => undefined), mount], pool: [observedPools, pool] } as const

  /** Is there something to write when it is seen again so many seconds later? */
  function isWritten(kind: keyof typeof kinds, percent: number, seconds: number, measuredAt = seconds): boolean {
    const [side, seen] = kinds[kind]
    const own = new Ledger(side as never)
    own.seen(HOST, [seen(percent, 0)], true)
    own.written(own.take())
    vi.advanceTimersByTime(seconds * 1_000)
    own.seen(HOST, [seen(percent, measuredAt)], true)
    own.includeFigures()
    return own.take().length > 0
  }

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test('is written each time, of a mount; agents measure as often as they are told', () => {
    expect(isWritten('mount', 50, 60)).toBe(true)
    expect(isWritten('mount', 93, 60)).toBe(true)
    expect(isWritten('mount', 93, 60, 0)).toBe(false)
    expect(isWritten('mount', 93, 10)).toBe(false)
  })

  test('is written apart from the rest of a mount, unless the rest is still to be written', async () => {
    const said: string[] = []
    const tell = (word: string) => async () => void said.push(word)
    const side = { ...observedMounts(() => undefined), save: tell('whole'), saveFigures: tell('figures') }
    const own = new Ledger({ ...side, history: () => null } as never)
    const look = (percent: number, over: Partial<ObservedMount> = {}) =>
      own.seen(HOST, [{ ...mount(percent, percent), ...over }], true)
    const write = async () => {
      own.includeFigures()
      const rows = own.take()
      await own.write(database, rows, new Date())
      return rows
    }
    look(50)
    own.written(await write())
    look(60)
    own.written(await write())
    expect(said.splice(0)).toEqual(['whole', 'figures'])
    // The state is being written when figures come; that fails.
    look(60, { state: 'hung' })
    const failed = own.take()
    look(70, { state: 'hung' })
    own.putBack(failed)
    own.written(await write())
    expect(said).toEqual(['whole'])
  })

  test('is written every minute, of a pool that fills up, and of another one after five', () => {
    expect(isWritten('pool', 86, 60)).toBe(true)
    expect(isWritten('pool', 50, 60)).toBe(false)
    expect(isWritten('pool', 50, 301)).toBe(true)
  })
})
