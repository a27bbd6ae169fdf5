import { expect, it } from 'vitest'
import type { DesiredConnection } from '@/lib/controller/resources/connections/connections-repository'
import { needsConnection } from '@/lib/controller/resources/connections/desired'
import type { Circumstances } from '@/lib/controller/resources/kind'

const NOW = new Date('2026-11-20T12:00:00Z')
const LATER = new Date(NOW.getTime() + 1_000)

function at(now: Date): Circumstances {
  return { now, wasRestarted: false, isBack: false }
}

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
  expect(needsConnection(row(change), at(NOW))).toBe(isSent)
})

it('waits for its next attempt, unless the host has just come back', () => {
  const waiting = row({ observedGeneration: null, nextAttemptAt: LATER })
  expect(needsConnection(waiting, at(NOW))).toBe(false)
  expect(needsConnection(waiting, { ...at(NOW), isBack: true })).toBe(true)
  expect(needsConnection(waiting, at(new Date(LATER.getTime() + 1)))).toBe(true)
})
