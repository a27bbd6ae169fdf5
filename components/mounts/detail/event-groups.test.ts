import { expect, test } from 'vitest'
import { groupEvents } from '@/components/mounts/detail/event-groups'
import type { MountEventView } from '@/lib/mounts/schema'

const NOON = Date.parse('2026-11-29T12:00:00.000Z')
let id = 0

function event(host: string, state: string, secondsBefore: number, message: string | null = null): MountEventView {
  const at = new Date(NOON - secondsBefore * 1_000).toISOString()
  id += 1
  return {
    id,
    at,
    mount_id: 'm',
    host_id: host,
    state,
    message,
    problem: null,
    advice: null,
    explanation: null,
  } as MountEventView
}

function shown(events: MountEventView[]) {
  return groupEvents(events).map(
    (group) => `${group.events[0].state} ${group.events.map((one) => one.host_id).join('')}`,
  )
}

test('what happens on all hosts of a rollout is one line per state, however it interleaves', () => {
  expect(
    shown([
      event('a', 'mounted', 0),
      event('b', 'mounted', 1),
      event('a', 'mounting', 2),
      event('c', 'mounted', 3),
      event('b', 'mounting', 4),
      event('c', 'mounting', 5),
    ]),
  ).toEqual(['mounted abc', 'mounting abc'])
})

test('one host that goes to and fro keeps its order', () => {
  const times = [event('a', 'mounted', 0), event('a', 'hung', 1), event('a', 'mounted', 2), event('a', 'hung', 3)]
  expect(shown(times)).toEqual(['mounted a', 'hung a', 'mounted a', 'hung a'])
})

test('an event does not join a group that stands above what its host has seen later', () => {
  // b was mounted, and failed after that: it must not read as if it was mounted again.
  expect(shown([event('a', 'mounted', 0), event('b', 'error', 1), event('b', 'mounted', 2)])).toEqual([
    'mounted a',
    'error b',
    'mounted b',
  ])
})

test('other words, and another time, are another line', () => {
  expect(shown([event('a', 'error', 0, 'It is full.'), event('b', 'error', 1, 'It refuses.')])).toHaveLength(2)
  expect(shown([event('a', 'error', 0, 'It is full.'), event('b', 'error', 1, 'It is full.')])).toEqual(['error ab'])
  expect(shown([event('a', 'mounted', 0), event('b', 'mounted', 601)])).toHaveLength(2)
})
