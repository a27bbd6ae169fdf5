import { describe, expect, test } from 'vitest'
import { needsAttention } from '@/components/overview/attention'
import type { BackendView } from '@/lib/backends/schema'
import type { HostRow } from '@/lib/hosts/schema'
import type { MountOnHostView, MountView } from '@/lib/mounts/schema'

const NOW = Date.parse('2026-11-20T12:00:00Z')

function host(over: Partial<HostRow> = {}): HostRow {
  return {
    id: 'hst_1',
    name: 'host-1',
    address: '192.0.2.1:7443',
    labels: {},
    is_local: false,
    status: 'online',
    observed_at: '2026-11-20T11:59:00Z',
    error: null,
    agent_version: '0.1.0',
    agent_outdated: false,
    distribution: 'Debian GNU/Linux 12',
    privilege: 'root',
    mounts: { wanted: 0, mounted: 0, failing: 0, unknown: 0 },
    missing_tools: [],
    clock_skew_ms: 0,
    certificate_not_after: '2026-12-20T12:00:00Z',
    revoked_at: null,
    created_at: '2026-11-01T12:00:00Z',
    ...over,
  }
}

function backend(
  over: Partial<BackendView> = {},
  used: number | null = null,
  total: number | null = null,
): BackendView {
  return {
    id: 'bkd_1',
    name: 'media',
    type: 'nfs',
    source: 'nas:/media',
    status: 'online',
    status_at: null,
    status_error: null,
    status_explanation: null,
    config: {},
    secrets: {},
    stats: {
      used_bytes: used,
      total_bytes: total,
      available_bytes: null,
      file_count: null,
      template_count: 0,
      as_of: null,
    },
    capabilities: ['mount'],
    connections: [],
    mount_count: 0,
    last_test_at: null,
    last_test_operation: null,
    generation: 1,
    created_at: '2026-11-01T12:00:00Z',
    updated_at: '2026-11-01T12:00:00Z',
    ...over,
  }
}

function onHost(over: Partial<MountOnHostView> = {}): MountOnHostView {
  return {
    host_id: 'hst_1',
    host_name: 'host-1',
    host_status: 'online',
    mount_point: '/mnt/media',
    moving_from: null,
    read_only: false,
    source: 'nas:/media',
    overrides: null,
    protocol: null,
    asked_options: null,
    drift: null,
    attempts: 0,
    next_attempt_at: null,
    desired_state: 'mounted',
    desired_generation: 1,
    held_by: null,
    removing: false,
    state: 'mounted',
    status: 'mounted',
    observed_generation: 1,
    observed_at: '2026-11-20T11:59:00Z',
    since: '2026-11-20T11:00:00Z',
    error: null,
    problem: null,
    advice: null,
    explanation: null,
    options: null,
    usage: null,
    node: null,
    ...over,
  }
}

function mount(status: MountView['status'], hosts: MountOnHostView[]): MountView {
  return {
    id: 'mnt_1',
    name: 'media',
    backend: { id: 'bkd_1', name: 'media', type: 'nfs' },
    type: 'nfs',
    source: 'nas:/media',
    mount_point: '/mnt/media',
    read_only: false,
    auto_mount: true,
    targets: 'hosts',
    target_labels: {},
    global: false,
    on_drift: 'report',
    asked_options: 'rw,nosuid,nodev',
    desired_state: 'mounted',
    status,
    removing: false,
    generation: 1,
    hosts,
    created_at: '2026-11-01T12:00:00Z',
    updated_at: '2026-11-01T12:00:00Z',
  }
}

function sentences(data: Partial<Parameters<typeof needsAttention>[0]>): string[] {
  return needsAttention({ hosts: [], backends: [], mounts: [], ...data }, NOW).map(
    (matter) => `${matter.tone} ${matter.name}${matter.what}`,
  )
}

describe('what needs attention', () => {
  test('a healthy fleet needs none', () => {
    expect(
      sentences({ hosts: [host()], backends: [backend({}, 10, 100)], mounts: [mount('mounted', [onHost()])] }),
    ).toEqual([])
  })

  test('worst first, and among equals what has lasted longest', () => {
    const found = sentences({
      hosts: [
        host({ id: 'hst_a', name: 'late', status: 'offline', observed_at: '2026-11-20T11:00:00Z' }),
        host({ id: 'hst_b', name: 'early', status: 'offline', observed_at: '2026-11-20T09:00:00Z' }),
        host({ id: 'hst_c', name: 'poor', missing_tools: ['rclone'] }),
      ],
    })
    expect(found).toEqual([
      'critical early does not answer',
      'critical late does not answer',
      'warning poor lacks rclone',
    ])
  })

  test.each([
    [84, []],
    [85, ['warning media is 85 % full']],
    [95, ['critical media is 95 % full']],
  ])('a backend that is %i %% full', (used, expected) => {
    expect(sentences({ backends: [backend({}, used, 100)] })).toEqual(expected)
  })

  const connection = (host: string, over: Partial<BackendView['connections'][number]> = {}) => ({
    host_id: `hst_${host}`,
    host_name: host,
    desired: 'connected' as const,
    state: 'error' as const,
    since: '2026-11-20T11:00:00Z',
    problem: null,
    message: 'The session was lost. It is tried again.',
    advice: null,
    explanation: null,
    summary: null,
    details: {},
    ...over,
  })

  test('a lost connection is told once, with its hosts, and not of a host that is away', () => {
    const lost = backend({
      status: 'error',
      status_error: 'On host-1: The session was lost.',
      connections: [connection('host-1'), connection('host-2'), connection('host-3', { state: 'unknown' })],
    })
    expect(needsAttention({ hosts: [], backends: [lost], mounts: [] }, NOW)).toMatchObject([
      { tone: 'critical', name: 'media', what: ': The session was lost.', hosts: ['host-1', 'host-2'] },
    ])
    const left = backend({ connections: [connection('host-1', { desired: 'disconnected', state: 'connected' })] })
    expect(needsAttention({ hosts: [], backends: [left], mounts: [] }, NOW)).toMatchObject([{ tone: 'warning' }])
    const well = backend({ connections: [connection('host-1', { state: 'connected', message: null })] })
    expect(needsAttention({ hosts: [], backends: [well], mounts: [] }, NOW)).toEqual([])
  })

  test('a size that is not known is no matter', () => {
    expect(sentences({ backends: [backend({}, 99, null), backend({}, null, 100), backend({}, 0, 0)] })).toEqual([])
  })

  test('a mount names the hosts on which it fails, and leaves out hosts that are down', () => {
    const hosts = [
      onHost(),
      onHost({
        host_id: 'hst_2',
        host_name: 'host-2',
        state: 'hung',
        status: 'hung',
        error: 'It has not answered for 42 s.',
      }),
      onHost({
        host_id: 'hst_3',
        host_name: 'host-3',
        host_status: 'offline',
        state: 'error',
        status: 'unknown',
        error: 'old news',
      }),
    ]
    const [matter, ...more] = needsAttention({ hosts: [], backends: [], mounts: [mount('degraded', hosts)] }, NOW)
    expect(more).toEqual([])
    expect(matter).toMatchObject({
      hosts: ['host-2'],
      what: ': It has not answered for 42 s.',
      help: { kind: 'sync', mount: { id: 'mnt_1' } },
    })
  })

  const drift: NonNullable<MountOnHostView['drift']> = {
    kind: 'unmounted',
    message: '/mnt/media was unmounted on the host.',
    differences: [],
    adoptable: true,
    repairs: 0,
    given_up: false,
  }
  const drifted = (over: Partial<MountView>, given_up = false) => ({
    ...mount('degraded', [
      onHost({
        host_name: 'host-2',
        state: 'absent',
        status: 'drift_unmounted',
        error: 'gone',
        drift: { ...drift, given_up },
      }),
    ]),
    ...over,
  })

  test('a mount that was changed on a host is named once, with the way to it', () => {
    const found = needsAttention({ hosts: [], backends: [], mounts: [drifted({})] }, NOW)
    expect(found).toMatchObject([
      {
        tone: 'drift',
        name: 'media',
        what: ': /mnt/media was unmounted on the host.',
        hosts: ['host-2'],
        href: '/mounts/mnt_1',
      },
    ])
  })

  test.each<[string, MountView, number]>([
    ['is put back by itself', drifted({ on_drift: 'repair' }), 0],
    ['was put back too often', drifted({ on_drift: 'repair' }, true), 1],
    ['is taken over', drifted({ on_drift: 'adopt' }), 0],
  ])('a change that %s needs a person or not', (_case, changed, count) => {
    expect(needsAttention({ hosts: [], backends: [], mounts: [changed] }, NOW)).toHaveLength(count)
  })

  test('a mount that only suffers from a host that is down is not told twice', () => {
    expect(
      sentences({
        mounts: [mount('degraded', [onHost({ host_status: 'offline', state: 'mounted', status: 'unknown' })])],
      }),
    ).toEqual([])
  })

  test('a node that has stopped behind a mount is named, with the hosts; one that only lags is not', () => {
    const node = (sync: NonNullable<MountOnHostView['node']>['sync']): MountOnHostView['node'] => ({
      sync,
      behind_by: sync === 'behind' ? 2 : null,
      id: 'a',
      role: 'follower',
      leader: 'b',
      active_peers: 1,
      peers: 1,
      version: 3,
      problem: null,
      advice: null,
    })
    const hosts = [
      onHost({ node: node('in_sync') }),
      onHost({ host_id: 'hst_2', host_name: 'host-2', node: node('stale') }),
      onHost({ host_id: 'hst_3', host_name: 'host-3', host_status: 'offline', status: 'unknown', node: node('stale') }),
    ]
    expect(needsAttention({ hosts: [], backends: [], mounts: [mount('degraded', hosts)] }, NOW)).toMatchObject([
      { tone: 'warning', name: 'media', what: ' has a node that has stopped', hosts: ['host-2'] },
    ])
    expect(sentences({ mounts: [mount('mounted', [onHost({ node: node('behind') })])] })).toEqual([])
  })

  test('a revoked host needs none, a certificate that nobody renewed does', () => {
    expect(sentences({ hosts: [host({ status: 'offline', revoked_at: '2026-11-20T10:00:00Z' })] })).toEqual([])
    expect(sentences({ hosts: [host({ certificate_not_after: '2026-11-21T12:00:00Z' })] })[0]).toContain('certificate')
  })
})

test('a rack without power is one matter, and fewer hosts are named one by one', () => {
  const down = (count: number) =>
    Array.from({ length: count }, (_, index) =>
      host({
        id: `hst_${index}`,
        name: `node-${index}`,
        status: 'offline',
        observed_at: `2026-11-20T11:0${index}:00Z`,
      }),
    )
  const of = (count: number) => needsAttention({ hosts: down(count), backends: [], mounts: [] }, NOW)
  expect(of(3).map(({ name }) => name)).toEqual(['node-0', 'node-1', 'node-2'])
  expect(of(5)).toMatchObject([
    {
      name: '5 hosts',
      what: ' do not answer: node-0, node-1, node-2 and 2 more',
      since: '2026-11-20T11:00:00Z',
      href: '/hosts?status=offline',
    },
  ])
})
