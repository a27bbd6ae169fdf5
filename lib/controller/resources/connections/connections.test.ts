import { expect, it } from 'vitest'
import { needsConnection } from '@/lib/controller/resources/connections/connections'
import type { DesiredConnection } from '@/lib/controller/resources/connections/connections-repository'

const NOW = new Date('2026-11-20T12:00:00Z')
const LATER = new Date(NOW.getTime() + 1_000)

function row(change: Partial<DesiredConnection> = {}): DesiredConnection {
  return {
    backendId: 'bkd_1',
    hostId: 'hst_1',
    desired: 'connected',
    desiredGeneration: 3,
    observedState: 'connected',
    observedGeneration: 3,
    observedSince: null,
    nextAttemptAt: null,
    attempts: 0,
    host: { name: 'host-1' },
    backend: { id: 'bkd_1', driver: 'iscsi-lvm', config: {}, secrets: [] },
    ...change,
  }
}

it.each<[string, boolean, Partial<DesiredConnection>]>([
  ['as wanted', false, {}],
  ['never heard of', true, { observedState: 'disconnected', observedGeneration: null }],
  ['of older settings', true, { observedGeneration: 2 }],
  ['broken, which the host repairs by itself', false, { observedState: 'error' }],
  ['refused when it was asked for', false, { observedState: 'error', observedGeneration: 3 }],
  ['refused before the host wrote it down', true, { observedState: 'error', observedGeneration: null }],
  ['to be closed', true, { desired: 'disconnected' }],
  ['to be closed on a host of an older agent', true, { desired: 'disconnected', observedGeneration: null }],
  [
    'closed',
    false,
    { desired: 'disconnected', observedState: 'disconnected', observedGeneration: null, desiredGeneration: 4 },
  ],
])('a connection that is %s: a command is sent (%s)', (_what, isSent, change) => {
  expect(needsConnection(row(change), NOW, false)).toBe(isSent)
})

it('waits for its next attempt, unless the host has just come back', () => {
  const waiting = row({ observedGeneration: null, nextAttemptAt: LATER })
  expect(needsConnection(waiting, NOW, false)).toBe(false)
  expect(needsConnection(waiting, NOW, true)).toBe(true)
  expect(needsConnection(waiting, new Date(LATER.getTime() + 1), false)).toBe(true)
})
