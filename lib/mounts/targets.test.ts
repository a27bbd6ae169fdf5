import { expect, it } from 'vitest'
import { labelsMatch, membershipOf, ruleFrom, type TargetRule } from '@/lib/mounts/targets'

const RULE: TargetRule = { targets: 'labels', targetLabels: { role: 'web', zone: 'a' } }
const host = (id: string, labels: unknown = {}, revokedAt: Date | null = null) => ({ id, labels, revokedAt })

it.each([
  [{ role: 'web' }, { role: 'web', zone: 'a' }, true],
  [{ role: 'web', zone: 'a' }, { role: 'web' }, false],
  [{ role: 'web' }, { role: 'db' }, false],
  [{}, { role: 'web' }, false],
  [{ constructor: 'x' }, {}, false],
  [{ role: 'web' }, null, false],
])('labels %j on a host with %j: %s', (wanted, labels, expected) => {
  expect(labelsMatch(wanted as Record<string, string>, labels)).toBe(expected)
})

it('tells who joins, returns, leaves and can never answer again', () => {
  const match = { role: 'web', zone: 'a', more: 'x' }
  const hosts = [
    host('new', match),
    host('kept', match),
    host('back', match),
    host('lost', { role: 'web' }),
    host('leaving', {}),
    host('revoked', match, new Date()),
    host('never', {}),
  ]
  const members = ['kept', 'back', 'lost', 'leaving', 'revoked'].map((hostId) => ({
    hostId,
    removed: hostId === 'back' || hostId === 'leaving',
  }))
  expect(membershipOf(RULE, hosts, members)).toEqual({
    joining: ['new'],
    returning: ['back'],
    leaving: ['lost'],
    orphaned: ['revoked'],
  })
  expect(membershipOf({ ...RULE, targets: 'all' }, hosts, []).joining).toEqual(
    hosts.map(({ id }) => id).filter((id) => id !== 'revoked'),
  )
  expect(membershipOf({ targets: 'hosts', targetLabels: {} }, hosts, members)).toEqual({
    joining: [],
    returning: [],
    leaving: [],
    orphaned: [],
  })
})

it('looks only at the hosts that it is given', () => {
  expect(membershipOf(RULE, [host('a')], [{ hostId: 'b', removed: false }]).leaving).toEqual([])
})

it.each([
  ['the word of the older API', { global: true }, undefined, { targets: 'all', targetLabels: {} }],
  ['labels alone', { target_labels: { a: 'b' } }, undefined, { targets: 'labels', targetLabels: { a: 'b' } }],
  ['nothing on top of labels', {}, RULE, RULE],
  [
    'no longer global',
    { global: false },
    { targets: 'all', targetLabels: {} } as const,
    { targets: 'hosts', targetLabels: {} },
  ],
  ['no host', {}, undefined, { field: 'host_ids' }],
  ['labels without any', { targets: 'labels' as const }, undefined, { field: 'target_labels' }],
  [
    'named hosts of a mount for all',
    { host_ids: ['a'] },
    { targets: 'all', targetLabels: {} } as const,
    { field: 'host_ids' },
  ],
  [
    'two words that disagree',
    { global: true, targets: 'labels' as const, target_labels: { a: 'b' } },
    undefined,
    { field: 'global' },
  ],
  ['labels with all', { targets: 'all' as const, target_labels: { a: 'b' } }, undefined, { field: 'target_labels' }],
])('a request with %s', (_case, given, before, expected) => {
  expect(ruleFrom(given, before)).toMatchObject(expected)
})
