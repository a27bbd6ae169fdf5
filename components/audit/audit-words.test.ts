import { expect, test } from 'vitest'
import { actionInWords, resultStatus } from '@/components/audit/audit-words'
import type { AuditView } from '@/lib/audit/schema'

test.each<[string, Partial<Parameters<typeof resultStatus>[0]>, string, string]>([
  ['a change of our own', {}, 'healthy', 'Done'],
  ['one that was refused', { result: 'failure' }, 'critical', 'Refused'],
  ['a test that passed', { outcome: 'succeeded' }, 'healthy', 'Done'],
  ['a test that failed', { outcome: 'failed' }, 'critical', 'Failed'],
  ['one that failed on some hosts', { outcome: 'partial' }, 'warning', 'Partly failed'],
  ['one that still runs', { outcome: 'running' }, 'working', 'Under way'],
  ['one whose record has gone', { change: { operation: 'op_1' } }, 'off', 'Requested'],
])('%s', (_what, over, tone, word) => {
  const entry: Pick<AuditView, 'result' | 'outcome' | 'change'> = { result: 'success', outcome: null, change: null }
  expect(resultStatus({ ...entry, ...over })).toEqual({ tone, word })
})

test.each([
  ['backend.created', 'Backend created'],
  ['attention.acknowledged', 'Trouble acknowledged'],
])('%s reads "%s"', (action, words) => {
  expect(actionInWords(action)).toBe(words)
})
