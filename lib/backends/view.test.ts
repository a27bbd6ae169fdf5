import { describe, expect, it } from 'vitest'
import type { BackendRecord, ConnectionRecord } from '@/lib/backends/repository'
import { backendView } from '@/lib/backends/view'

const AT = new Date('2026-11-20T12:00:00Z')
const LATER = new Date('2026-11-20T12:01:00Z')

const NONE = { mounts: 0, templates: 0 }
const ROW: BackendRecord = {
  id: 'bkd_1',
  name: 'san',
  driver: 'iscsi-lvm',
  config: {},
  sentWords: null,
  source: 'san:3260',
  generation: 1,
  createdAt: AT,
  updatedAt: AT,
  observedStatus: 'online',
  observedAt: AT,
  observedError: null,
  observedOn: null,
  observedProblem: null,
  observedValues: null,
  observedSaid: null,
  lastTestAt: null,
  lastTestOperation: null,
  totalBytes: null,
  usedBytes: null,
  availableBytes: null,
  fileCount: null,
  totalInodes: null,
  usedInodes: null,
  inodesOn: null,
  usageAt: null,
  usageOn: null,
}

function on(name: string, over: Partial<Omit<ConnectionRecord, 'host'>> = {}, host: object = {}): ConnectionRecord {
  return {
    backendId: 'bkd_1',
    hostId: `hst_${name}`,
    desired: 'connected',
    observedState: 'connected',
    observedAt: AT,
    observedSince: AT,
    observedError: null,
    observedProblem: null,
    observedValues: null,
    observedSaid: null,
    summary: null,
    details: null,
    host: { name, observedStatus: 'online', revokedAt: null, updatedAt: AT, ...host },
    ...over,
  }
}

describe('the state of a backend that is connected', () => {
  const view = (...connections: ConnectionRecord[]) => backendView(ROW, [], NONE, connections)

  it('is unknown when all its hosts are away, with the age of the news', () => {
    const away = { observedStatus: 'offline' }
    expect(view(on('a', {}, away))).toMatchObject({ status: 'unknown', status_at: AT.toISOString() })
    expect(view(on('a', {}, away), on('b'))).toMatchObject({ status: 'online' })
  })
})

it('files of a bucket with a CDN have a public address', () => {
  const config = {
    bucket: 'media',
    access_key_id: 'AKEXAMPLE',
    cdn_enabled: true,
    cdn_url: 'https://cdn.example.com/a',
  }
  expect(backendView({ ...ROW, driver: 's3', config }, [], NONE).public_url).toBe('https://cdn.example.com/a/')
  expect(
    backendView({ ...ROW, driver: 's3', config: { ...config, cdn_enabled: false } }, [], NONE).public_url,
  ).toBeNull()
  expect(backendView({ ...ROW, driver: 'nfs' }, [], NONE).public_url).toBeNull()
})

describe('a connection is known by the rule of mounts', () => {
  const state = (over: Parameters<typeof on>[1], host: object) =>
    backendView(ROW, [], NONE, [on('a', over, host)]).connections[0]?.state

  it.each<[string, Parameters<typeof on>[1], object, string]>([
    ['of a host that answers', {}, {}, 'connected'],
    [
      'of a host that was never asked, and has carried it out',
      { observedAt: LATER },
      { observedStatus: 'unknown' },
      'connected',
    ],
    ['of a host that was not heard since', {}, { observedStatus: 'unknown', updatedAt: LATER }, 'unknown'],
    ['of a host that is off', {}, { observedStatus: 'offline' }, 'unknown'],
    ['of a host that is another one', {}, { observedStatus: 'error' }, 'unknown'],
    ['of a host that was revoked', {}, { revokedAt: AT }, 'unknown'],
  ])('%s', (_what, over, host, expected) => {
    expect(state(over, host)).toBe(expected)
  })
})
