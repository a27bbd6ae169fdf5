import { expect, test } from 'vitest'
import { overcommitWords, readyWords, thinPoolOf, wordOfPoolOnHost } from '@/components/pools/pool-words'
import { PoolHostPhase, PoolPhase, type PoolView } from '@/lib/pools/schema'
import { POOL_WORDS, wordOfPool } from '@/lib/pools/words'

function hosts(...entries: Partial<PoolView['hosts'][number]>[]): Pick<PoolView, 'hosts'> {
  return { hosts: entries.map((entry) => ({ data_percent: null, metadata_percent: null, ...entry })) } as never
}

test('every phase has a word, and the filter knows each of them', () => {
  for (const phase of PoolPhase.options) expect(POOL_WORDS).toContain(wordOfPool({ phase, maintenance: false }).word)
  for (const phase of PoolHostPhase.options) expect(wordOfPoolOnHost({ phase }).word).not.toBe('')
})

test('maintenance is said of a pool that is well, and hides no trouble', () => {
  expect(wordOfPool({ phase: 'READY', maintenance: true })).toEqual({ tone: 'off', word: 'Maintenance' })
  expect(POOL_WORDS).toContain('Maintenance')
  expect(wordOfPool({ phase: 'ERROR', maintenance: true }).tone).toBe('critical')
})

test.each([
  [null, null],
  [0, '0.00×'],
  [0.457, '0.46×'],
  [1.649, '1.6×'],
  [12.4, '12×'],
])('of an overcommit of %s people read %s', (overcommit, words) => {
  expect(overcommitWords({ overcommit })).toBe(words)
})

test('hosts that are open are counted of those that are to be', () => {
  expect(readyWords(hosts())).toBe('No host yet')
  expect(readyWords(hosts({ phase: 'READY' }))).toBe('1 of 1 host')
  expect(readyWords(hosts({ phase: 'READY' }, { phase: 'DEGRADED' }, { phase: 'UNKNOWN' }, { phase: 'CLOSING' }))).toBe(
    '2 of 3 hosts',
  )
})

test('the parts of a thin pool are read where it is open', () => {
  expect(thinPoolOf(hosts({}))).toBeNull()
  expect(thinPoolOf(hosts({}, { data_percent: 71.5, metadata_percent: 12 }))).toEqual({ data: 71.5, metadata: 12 })
})
