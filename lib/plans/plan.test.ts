import { expect, test } from 'vitest'
import type { TriedChange } from '@/lib/plans/kind'
import { fingerprintOf, outdatedBecause, planOf } from '@/lib/plans/plan'
import type { ConnectionPart, HostPart, MountPart, Snapshot } from '@/lib/plans/snapshot'

const HOST: HostPart = {
  hostId: 'hst_1',
  hostName: 'alpha',
  hostStatus: 'online',
  desiredState: 'mounted',
  desiredGeneration: 1,
  removed: false,
  adopted: false,
  overrides: null,
  observedState: 'mounted',
  observedGeneration: 1,
  observedOptions: 'rw,nosuid,nodev,relatime',
  observedPlace: null,
  usage: null,
}
const MOUNT: MountPart = {
  id: 'mnt_1',
  name: 'films',
  backendId: 'bkd_1',
  mountPoint: '/mnt/films',
  readOnly: false,
  autoMount: true,
  targets: 'hosts',
  targetLabels: null,
  onDrift: 'report',
  desiredState: 'mounted',
  generation: 1,
  isDeleted: false,
  hosts: [HOST],
}
const NFS = { server: 'nas.lan', export_path: '/films' }
const BACKEND = { id: 'bkd_1', name: 'nas', driver: 'nfs', config: NFS, generation: 1, secrets: {} }

function snapshot(
  mount: Partial<MountPart> = {},
  host: Partial<HostPart> = {},
  over: Partial<Snapshot> = {},
): Snapshot {
  return {
    backend: BACKEND,
    mounts: [{ ...MOUNT, hosts: [{ ...HOST, ...host }], ...mount }],
    others: [],
    connections: [],
    ...over,
  }
}

function tried(before: Snapshot, after: Snapshot, over: Partial<TriedChange> = {}): TriedChange {
  const target = { kind: 'mount', id: 'mnt_1', name: 'films' } as const
  const touched = [{ kind: 'mount', id: 'mnt_1', hostIds: ['hst_1'] }]
  return { action: 'update_mount', target, request: {}, before, after, touched, ...over }
}

const only = (before: Snapshot, after: Snapshot) => planOf(tried(before, after)).hosts[0]
const UMOUNT = 'umount -c -i -- /mnt/films'
const mountWith = (flag: string) =>
  expect.stringMatching(new RegExp(`^mount -c -t nfs -o .*,${flag},nosuid,nodev -- nas.lan:/films /mnt/films$`))
const NEXT = { desiredGeneration: 2 }

test('an unmount on the host that is taken over shows as the wish that it becomes', () => {
  const before = snapshot({}, { observedState: 'absent' })
  const after = snapshot({}, { ...NEXT, observedState: 'absent', desiredState: 'unmounted' })
  expect(planOf(tried(before, after, { action: 'adopt' }))).toMatchObject({
    interrupts: false,
    changes: [{ field: 'desired_state', before: 'mounted', after: 'unmounted' }],
    hosts: [{ step: 'adjust', commands: [] }],
  })
})

test('abandoning a place where others have mounted something says what happens to that', () => {
  const after = snapshot({}, { ...NEXT, desiredState: 'unmounted' })
  const warned = (observedState: HostPart['observedState']) =>
    planOf(tried(snapshot({}, { observedState }), after, { action: 'abandon' })).hosts[0]?.warnings.join(' ')
  expect(warned('stacked')).toContain('What others have mounted')
  expect(warned('foreign')).toContain('stays as it is')
  expect(warned('hung')).not.toContain('What others have mounted')
  expect(warned('hung')).toContain('may be lost')
})

test.each<[string, Snapshot, Snapshot, string, unknown[], boolean]>([
  [
    'never mounted',
    snapshot({}, { observedState: 'absent', observedGeneration: null }),
    snapshot(),
    'mount',
    [mountWith('rw')],
    false,
  ],
  ['read-only now', snapshot(), snapshot({ readOnly: true }, NEXT), 'remount', [UMOUNT, mountWith('ro')], true],
  ['only mounted at boot or not', snapshot(), snapshot({ autoMount: false }, NEXT), 'adjust', [], false],
  ['asked for again', snapshot(), snapshot(), 'none', [], false],
  [
    'asked for again, but broken',
    snapshot({}, { observedState: 'corrupted' }),
    snapshot(),
    'remount',
    [UMOUNT, mountWith('rw')],
    true,
  ],
  ['unmounted', snapshot(), snapshot({}, { ...NEXT, desiredState: 'unmounted' }), 'unmount', [UMOUNT], true],
  [
    'unmounted already',
    snapshot({}, { observedState: 'absent' }),
    snapshot({}, { ...NEXT, desiredState: 'unmounted' }),
    'adjust',
    [],
    false,
  ],
  ['taken off the host', snapshot(), snapshot({}, { ...NEXT, removed: true }), 'remove', [UMOUNT], true],
  [
    'deleted where it was never mounted',
    snapshot({}, { observedState: 'absent' }),
    snapshot({ isDeleted: true }),
    'forget',
    [],
    false,
  ],
  [
    'not caught up with the last change',
    snapshot({ generation: 2 }, { desiredGeneration: 2 }),
    snapshot({}, { desiredGeneration: 3 }),
    'remount',
    [UMOUNT, mountWith('rw')],
    true,
  ],
  [
    'the backend has moved',
    snapshot(),
    snapshot({}, NEXT, { backend: { ...BACKEND, config: { ...NFS, server: 'nas.lan', noexec: true } } }),
    'remount',
    [UMOUNT, mountWith('noexec,rw')],
    true,
  ],
  [
    'different on this host',
    snapshot({}, { observedState: 'absent' }),
    snapshot({}, { overrides: { read_only: true } }),
    'mount',
    [mountWith('ro')],
    false,
  ],
  [
    'read-only by now and taken over as such',
    snapshot({}, { observedOptions: 'ro,nosuid,nodev' }),
    snapshot({}, { ...NEXT, overrides: { read_only: true } }),
    'adjust',
    [],
    false,
  ],
  [
    'mounted noexec by now and taken over as such',
    snapshot({}, { observedOptions: 'rw,nosuid,nodev,noexec' }),
    snapshot({}, { ...NEXT, overrides: { config: { noexec: true } } }),
    'remount',
    [UMOUNT, mountWith('noexec,rw')],
    true,
  ],
])('a host where the mount is %s', (_case, before, after, step, commands, interrupts) => {
  expect(only(before, after)).toMatchObject({ step, commands, interrupts })
})

test('what becomes different on one host is named, field by field', () => {
  const plan = planOf(
    tried(
      snapshot({}, { overrides: { read_only: true, config: { server: 'nas.lan' } } }),
      snapshot({}, { ...NEXT, overrides: { read_only: true, mount_point: '/srv/films' } }),
    ),
  )
  expect(plan.changes).toEqual([
    { field: 'overrides.mount_point', before: null, after: '/srv/films' },
    { field: 'overrides.server', before: 'nas.lan', after: null },
  ])
})

test('a replaced secret remounts, and is named but not shown', () => {
  const with8 = (print: string) => ({ ...BACKEND, secrets: { password: print } })
  const change = tried(
    snapshot({}, {}, { backend: with8('aaaaaaaa') }),
    snapshot({}, NEXT, { backend: with8('bbbbbbbb') }),
    {
      action: 'update_backend',
      target: { kind: 'backend', id: 'bkd_1', name: 'nas' },
      request: { config: { password: 'not-a-real-secret' } },
    },
  )
  const plan = planOf(change)
  expect(plan.hosts[0]?.step).toBe('remount')
  expect(plan.changes).toEqual([{ field: 'secrets.password', before: 'set', after: 'replaced' }])
  expect(JSON.stringify(plan)).not.toContain('not-a-real-secret')
})

test('says which fields change, who else uses the backend, and who is away', () => {
  const before = snapshot({}, {}, { others: [{ id: 'mnt_2', name: 'series' }] })
  const after = snapshot({ readOnly: true, name: 'cinema' }, { ...NEXT }, { others: [{ id: 'mnt_2', name: 'series' }] })
  const plan = planOf(
    tried(before, {
      ...after,
      mounts: after.mounts.map((mount) => ({
        ...mount,
        hosts: mount.hosts.map((host) => ({ ...host, hostStatus: 'offline' as const })),
      })),
    }),
  )
  expect(plan.changes).toEqual([
    { field: 'name', before: 'films', after: 'cinema' },
    { field: 'read_only', before: false, after: true },
  ])
  expect(plan.uses).toEqual([{ kind: 'mount', id: 'mnt_2', name: 'series' }])
  expect(plan.hosts[0]).toMatchObject({ follows_later: true })
  expect(plan.summary).toBe('Unmounts and mounts again on 1 host. 1 host is away and follows when it returns.')
  expect(plan.warnings).toEqual(['No host can be reached now; all of them follow later.'])
})

test('warns of uploads that wait, of a dead server and of what is in the way', () => {
  const warnings = (host: Partial<HostPart>) =>
    only(snapshot({}, host), snapshot({ readOnly: true }, NEXT))?.warnings.join(' ')
  expect(warnings({ usage: { pending: { files: 2, bytes: 2048 } } })).toContain('2 files wait to be uploaded, 2.00 KiB')
  expect(warnings({ observedState: 'hung' })).toContain('does not answer')
  expect(warnings({ observedState: 'foreign' })).toContain('Something else')
})

test('compares the options in force with those that will be asked for', () => {
  const backend = { ...BACKEND, config: { ...NFS, version: '4.2' } }
  const before = snapshot({}, { observedOptions: 'rw,nosuid,nodev,soft,vers=4.1' }, { backend })
  const found = only(before, snapshot({}, {}, { backend }))
  expect(found?.options).toEqual([
    { option: 'hard', asked: 'hard', effective: 'soft' },
    { option: 'vers', asked: 'vers=4.2', effective: 'vers=4.1' },
  ])
})

const SAN: Snapshot = {
  backend: {
    id: 'bkd_2',
    name: 'san',
    driver: 'iscsi-lvm',
    config: { portal: '192.0.2.50:3260', target: 'iqn.2026-01.com.example:a', volume_group: 'vg_san', lun: 0 },
    generation: 1,
    secrets: {},
  },
  mounts: [],
  others: [],
  connections: [],
}
const OPEN: ConnectionPart = {
  hostId: 'hst_1',
  hostName: 'alpha',
  hostStatus: 'online',
  desired: 'connected',
  desiredGeneration: 1,
  observedState: 'connected',
}
const connection = (
  action: TriedChange['action'],
  before: ConnectionPart[],
  after: ConnectionPart[],
  request: unknown = { host_id: 'hst_1' },
): TriedChange => ({
  action,
  target: { kind: 'backend', id: 'bkd_2', name: 'san' },
  request,
  before: { ...SAN, connections: before },
  after: { ...SAN, connections: after },
  touched: [],
})

test.each<[TriedChange, string, string, string]>([
  [connection('connect', [], [OPEN]), 'connect', 'disconnected', 'Opens the storage on 1 host.'],
  [
    connection('disconnect', [OPEN], [{ ...OPEN, ...NEXT, desired: 'disconnected' }]),
    'disconnect',
    'connected',
    'Closes the storage on 1 host.',
  ],
  [
    connection(
      'update_backend',
      [OPEN, { ...OPEN, hostId: 'hst_2' }],
      [
        { ...OPEN, ...NEXT },
        { ...OPEN, hostId: 'hst_2' },
      ],
    ),
    'reconnect',
    'connected',
    'Hands the new settings of the open storage to 1 host.',
  ],
])('a block storage on a host: %#', (change, step, state, summary) => {
  const plan = planOf(change)
  expect(plan).toMatchObject({ summary, interrupts: false })
  expect(plan.hosts).toMatchObject([{ host_id: 'hst_1', mount_id: null, mount_name: 'san', step, state }])
  expect(plan.hosts[0]?.notes.join(' ')).toContain('/dev/sdX stands for')
  expect(plan.hosts[0]?.commands).toContain(
    step === 'disconnect'
      ? 'lvm vgchange --devices /dev/sdX --deltag holdfast_host_hst_1 -- vg_san'
      : 'lvm vgchange --devices /dev/sdX --addtag holdfast_host_hst_1 -- vg_san',
  )
})

test.each<[string, ConnectionPart[], unknown, string[]]>([
  ['nothing', [OPEN], undefined, []],
  ['another host', [OPEN], { host_id: 'hst_2' }, ['the change is not the one that was planned']],
  ['a lost session', [{ ...OPEN, observedState: 'error' }], undefined, ['a host shows another state or other options']],
  ['a disconnect', [{ ...OPEN, desired: 'disconnected' }], undefined, ['something else is wanted of a host']],
])('a plan for a block storage is outdated by: %s', (_case, now, request, expected) => {
  const after = [{ ...OPEN, desiredGeneration: 7 }]
  const had = fingerprintOf(connection('connect', [OPEN], after), hashed)
  expect(outdatedBecause(had, fingerprintOf(connection('connect', now, after, request), hashed))).toEqual(expected)
})

const BEFORE = snapshot()
const print = (before: Snapshot, over: Partial<TriedChange> = {}) =>
  fingerprintOf(tried(before, snapshot(), over), hashed)
const hashed = (text: string) =>
  [...text]
    .reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7)
    .toString(16)
    .padStart(12, '0')

test.each<[string, string, string[]]>([
  ['nothing', print(BEFORE), []],
  ['another request', print(BEFORE, { request: { read_only: true } }), ['the change is not the one that was planned']],
  ['the mount was changed', print(snapshot({ generation: 2 })), ['the definition was changed']],
  [
    'the backend was changed',
    print(snapshot({}, {}, { backend: { ...BACKEND, generation: 2 } })),
    ['the definition was changed'],
  ],
  [
    'another host',
    print(BEFORE, { touched: [{ kind: 'mount', id: 'mnt_1', hostIds: ['hst_2'] }] }),
    ['the set of hosts is another one'],
  ],
  ['a host fell over', print(snapshot({}, { observedState: 'hung' })), ['a host shows another state or other options']],
  [
    'a host was remounted by hand',
    print(snapshot({}, { observedOptions: 'ro' })),
    ['a host shows another state or other options'],
  ],
  ['a wish for a host', print(snapshot({}, { desiredGeneration: 2 })), ['something else is wanted of a host']],
  [
    'a host that has heard of it again',
    print(snapshot({}, { observedGeneration: 0 })),
    ['a host shows another state or other options'],
  ],
  ['only the load of a host', print(snapshot({}, { usage: { usedBytes: 1 } })), []],
  ['no plan at all', 'rubbish', ['it is not a plan of this version']],
])('a plan is outdated by: %s', (_case, now, expected) => {
  expect(now === 'rubbish' ? outdatedBecause(now, print(BEFORE)) : outdatedBecause(print(BEFORE), now)).toEqual(
    expected,
  )
})

test('a plan is not outdated when the host lists by itself what its command has failed at', () => {
  const answered = print(snapshot({}, { observedState: 'error', observedGeneration: null }))
  const listed = print(snapshot({}, { observedState: 'error', observedGeneration: 1 }))
  expect(outdatedBecause(answered, listed)).toEqual([])
})
