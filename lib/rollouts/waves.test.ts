import { expect, test } from 'vitest'
import { DEFAULT_WAVES } from '@/lib/rollouts/default-waves'
import { allowedFailures, type HostResult, reasonToStop, type WaveHost, wavesFor } from '@/lib/rollouts/waves'

function fleet(count: number, status: WaveHost['status'] = 'online'): WaveHost[] {
  return Array.from({ length: count }, (_, index) => ({
    hostId: `${status}-${index}`,
    name: `host-${String(index).padStart(4, '0')}`,
    status,
  }))
}

test.each<[readonly string[], number, number[]]>([
  [DEFAULT_WAVES, 100, [1, 4, 20, 75]],
  [DEFAULT_WAVES, 1000, [1, 49, 200, 750]],
  [DEFAULT_WAVES, 10, [1, 2, 7]],
  [DEFAULT_WAVES, 2, [1, 1]],
  [DEFAULT_WAVES, 1, [1]],
  [['100%'], 7, [7]],
  [['5', '2'], 8, [5, 3]],
  [['10%'], 50, [50]],
  [['50', '100%'], 3, [3]],
])('waves %j of %i hosts', (labels, count, sizes) => {
  const hosts = fleet(count)
  const waves = wavesFor(labels, hosts)
  expect(waves.map(({ hostIds }) => hostIds.length)).toEqual(sizes)
  expect(waves.flatMap(({ hostIds }) => hostIds).sort()).toEqual(hosts.map(({ hostId }) => hostId).sort())
})

test('hosts that are away come last, and the order does not depend on how they were read', () => {
  const hosts = [...fleet(2, 'offline'), ...fleet(2, 'error'), ...fleet(2), ...fleet(1, 'unknown')]
  const order = wavesFor(['1', '100%'], hosts).flatMap(({ hostIds }) => hostIds)
  expect(order).toEqual(['online-0', 'online-1', 'unknown-0', 'error-0', 'error-1', 'offline-0', 'offline-1'])
  expect(wavesFor(['100%'], hosts.toReversed())[0]?.hostIds).toEqual(order)
})

test.each<[number | string, number, number]>([
  [0, 50, 0],
  [3, 50, 3],
  ['10%', 50, 5],
  ['10%', 5, 0],
  ['0%', 50, 0],
  ['100%', 5, 5],
])('%s of a wave of %i may fail: %i', (given, size, expected) => {
  expect(allowedFailures(given, size)).toBe(expected)
})

const results = (succeeded: number, failed: number, waiting: number): HostResult[] => [
  ...Array<HostResult>(succeeded).fill('succeeded'),
  ...Array<HostResult>(failed).fill('failed'),
  ...Array<HostResult>(waiting).fill('waiting'),
]

test.each<[string, HostResult[], number, boolean, string | null]>([
  ['all is well', results(5, 0, 0), 0, false, null],
  ['as many failed as may', results(4, 1, 0), 1, false, null],
  ['one more', results(3, 2, 0), 1, false, '2 of 5 hosts failed, and 1 may fail'],
  ['the canary failed', results(0, 1, 0), 0, false, '1 of 1 host failed, and none may fail'],
  ['some are away', results(1, 0, 9), 0, false, null],
  [
    'all are away',
    results(0, 0, 2),
    0,
    false,
    'no host of the wave could be reached, so nothing is known of the change',
  ],
  ['all of the last are away', results(0, 0, 2), 0, true, null],
])('%s', (_case, outcome, allowed, isLast, expected) => {
  expect(reasonToStop(outcome, allowed, isLast)).toBe(expected)
})
