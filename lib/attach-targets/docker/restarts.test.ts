import { expect, test } from 'vitest'
import { labelOf, policyOf, restartedBy } from '@/lib/attach-targets/docker/restart-label'
import { isDue } from '@/lib/attach-targets/docker/restarts'

test.each([
  [{ Name: 'always' }, 'always'],
  [{ Name: 'unless-stopped', MaximumRetryCount: 0 }, 'unless-stopped'],
  [{ Name: 'on-failure', MaximumRetryCount: 0 }, 'on-failure'],
  [{ Name: 'on-failure', MaximumRetryCount: 5 }, 'on-failure:5'],
])('%j stands on it as %s, and is read again', (policy, label) => {
  expect(labelOf(policy)).toBe(label)
  expect(labelOf(policyOf(label))).toBe(label)
})

test('what is no policy is none', () => {
  expect([labelOf(null), labelOf({ Name: 'no' }), labelOf({ Name: '' })]).toEqual([null, null, null])
  for (const label of [
    undefined,
    '',
    'no',
    'always:3',
    'on-failure:0',
    'on-failure:-1',
    'on-failure:1e9',
    'Always',
    'always\n',
  ])
    expect(policyOf(label)).toBeNull()
})

test('a container with storage of this host is taken over, and given back without', () => {
  const own = { policy: { Name: 'on-failure', MaximumRetryCount: 3 }, labels: { own: 'yes' } }
  const taken = { policy: { Name: 'no' }, labels: { own: 'yes', 'holdfast.restart': 'on-failure:3' } }
  expect(restartedBy(own, true)).toEqual(taken)
  expect(restartedBy(taken, true)).toEqual(taken)
  expect(restartedBy(taken, false)).toEqual(own)
  expect(restartedBy(own, false)).toEqual(own)
  const never = { policy: { Name: 'no' }, labels: {} }
  expect([restartedBy(never, true), restartedBy(never, false)]).toEqual([never, never])
  // What somebody set since then counts.
  const newer = restartedBy({ ...taken, policy: { Name: 'always' } }, true)
  expect(newer.labels['holdfast.restart']).toBe('always')
})

const BOOT = 1_000
const [BEFORE, SINCE] = [BOOT - 1, BOOT + 1]
test.each([
  ['always', 0, false, SINCE, true],
  ['always', 0, true, SINCE, false],
  ['always', 0, true, BEFORE, true],
  ['unless-stopped', 0, false, SINCE, true],
  ['unless-stopped', 137, true, BEFORE, false],
  ['on-failure', 0, false, BEFORE, false],
  ['on-failure', 1, false, SINCE, true],
  ['on-failure', 137, true, SINCE, false],
] as const)('%s that ended with %i, stopped by somebody: %s, at %i: %s', (Name, exitCode, isStopped, endedAt, due) => {
  expect(isDue({ policy: { Name }, exitCode, isStopped, endedAt }, BOOT)).toBe(due)
})
