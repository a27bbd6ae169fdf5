import { expect, test } from 'vitest'
import { doingOf, doingOfOperation, progressWords } from '@/components/plans/progress-words'

const hosts = (...statuses: ('running' | 'queued' | 'succeeded' | 'failed' | 'waiting')[]) =>
  statuses.map((status) => ({ status }))

test.each([
  [hosts('running'), 'Mounting'],
  [hosts('running', 'queued', 'queued'), 'Mounting 1 of 3'],
  [hosts('succeeded', 'running', 'queued'), 'Mounting 2 of 3'],
  [hosts('failed', 'waiting', 'running'), 'Mounting 3 of 3'],
  [hosts('succeeded', 'succeeded'), 'Mounting 2 of 2'],
])('%j is "%s"', (on, words) => {
  expect(progressWords('Mounting', on)).toBe(words)
})

test('the words follow what is done, not what the button offers next', () => {
  expect(doingOf({ action: 'unmount' })).toBe('Unmounting')
  expect(doingOfOperation('mount.apply', 'mounted')).toBe('Mounting')
  expect(doingOfOperation('mount.apply', 'unmounted')).toBe('Unmounting')
  expect(doingOfOperation('mount.remove', 'mounted')).toBe('Removing')
})
