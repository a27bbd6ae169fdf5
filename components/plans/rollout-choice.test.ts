import { expect, test } from 'vitest'
import { defaultRollout, rolloutOf } from '@/components/plans/rollout-choice'

test.each([
  [1, true, false],
  [10, true, false],
  [11, true, true],
  [1000, true, true],
  [1000, false, false],
])('a change over %i hosts (may wait: %s) goes in waves by itself: %s', (hosts, mayWait, isInWaves) => {
  expect(defaultRollout(hosts, mayWait).isInWaves).toBe(isInWaves)
})

test('such waves begin with one host and stop at the first failure', () => {
  expect(rolloutOf(defaultRollout(50, true))).toEqual({
    waves: ['1', '5%', '25%', '100%'],
    max_failures: 0,
    pause_seconds: 0,
  })
  expect(rolloutOf(defaultRollout(5, true))).toBeUndefined()
})
