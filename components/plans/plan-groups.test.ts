import { expect, test } from 'vitest'
import { groupHosts, isQuiet, planDifferences } from '@/components/plans/plan-groups'
import type { PlannedHost, PlanView } from '@/lib/plans/schema'

const HOST: PlannedHost = {
  host_id: 'hst_1',
  host_name: 'alpha',
  host_status: 'online',
  mount_id: 'mnt_1',
  mount_name: 'films',
  step: 'mount',
  state: 'absent',
  notes: [],
  commands: ['mount a'],
  options: [],
  interrupts: false,
  follows_later: false,
  wave: null,
  warnings: [],
}
const host = (name: string, over: Partial<PlannedHost> = {}): PlannedHost => ({
  ...HOST,
  host_id: `hst_${name}`,
  host_name: name,
  ...over,
})
const plan = (...hosts: PlannedHost[]): PlanView => ({
  plan: '1.x',
  action: 'mount',
  target: { kind: 'mount', id: 'mnt_1', name: 'films' },
  summary: '',
  interrupts: false,
  changes: [],
  hosts,
  uses: [],
  waves: null,
  warnings: [],
})

test('hosts with the same commands are one group, and what interrupts comes first', () => {
  const groups = groupHosts([
    host('a'),
    host('b', { wave: 2 }),
    host('c', { step: 'remount', commands: ['umount', 'mount a'] }),
    host('d', { commands: ['mount b'] }),
  ])
  expect(groups.map(({ hosts }) => hosts.map(({ host_name }) => host_name))).toEqual([['c'], ['a', 'b'], ['d']])
})

test.each<[string, PlanView, boolean]>([
  ['mounts what is missing', plan(host('a'), host('b', { step: 'none', commands: [] })), true],
  ['interrupts programs', plan(host('a'), host('b', { step: 'remount', interrupts: true })), false],
  ['changes options in force', plan(host('a', { options: [{ option: 'rw', asked: 'ro', effective: 'rw' }] })), false],
  ['warns about a host', plan(host('a', { warnings: ['Something else is mounted at this place.'] })), false],
  ['warns about all hosts', { ...plan(host('a')), warnings: ['No host can be reached now.'] }, false],
  ['changes a wish', { ...plan(), changes: [{ field: 'read_only', before: false, after: true }] }, false],
])('a plan that %s is sent without a review: %#', (_case, made, expected) => {
  expect(isQuiet(made)).toBe(expected)
})

test.each<[string, PlannedHost[], PlannedHost[], string[]]>([
  ['nothing', [host('a')], [host('a')], []],
  ['a state', [host('a')], [host('a', { state: 'hung' })], ['a was not mounted, and is hung now.']],
  ['commands', [host('a')], [host('a', { commands: ['mount b'] })], ['On a other commands will run.']],
  ['a host more, a host less', [host('a')], [host('b')], ['b has joined.', 'a is no longer part of it.']],
])('says what a newer plan has changed: %s', (_case, before, after, expected) => {
  expect(planDifferences(plan(...before), plan(...after))).toEqual(expected)
})
