import { expect, test } from 'vitest'
import { hostWords, protocolWords, targetWords, usageOf } from '@/components/mounts/detail/mount-words'
import type { MountView } from '@/lib/mounts/schema'

function mount(over: object): MountView {
  return { targets: 'hosts', target_labels: {}, hosts: [], ...over } as unknown as MountView
}

test('whom a mount is for is said with the keys of its labels', () => {
  expect(targetWords(mount({ targets: 'labels', target_labels: { rack: 'r1', gpu: '' } }))).toBe(
    'Hosts with the labels rack=r1, gpu',
  )
  expect(targetWords(mount({ hosts: [{}] }))).toBe('1 chosen host')
})

test('hosts that are as wanted are counted of all', () => {
  const hosts = [{ status: 'mounted' }, { status: 'unmounted' }, { status: 'unknown' }, { status: 'hung' }]
  expect(hostWords(mount({ hosts }))).toBe('2 of 4 hosts')
  expect(hostWords(mount({ hosts: [{ status: 'mounted' }] }))).toBe('1 of 1 host')
  expect(hostWords(mount({}))).toBe('No host yet')
})

test('different protocols are counted', () => {
  const hosts = [{ protocol: 'NFS 4.2' }, { protocol: 'NFS 4.2' }, { protocol: 'NFS 3' }, { protocol: null }]
  expect(protocolWords(mount({ hosts }))).toBe('NFS 4.2 on 2, NFS 3 on 1')
  expect(protocolWords(mount({ hosts: hosts.slice(0, 2) }))).toBe('NFS 4.2')
  expect(protocolWords(mount({}))).toBeNull()
})

test('the newest figures count', () => {
  const older = { usedBytes: 1, asOf: '2026-11-29T10:00:00.000Z' }
  const newer = { usedBytes: 2, asOf: '2026-11-29T10:05:00.000Z' }
  expect(usageOf(mount({ hosts: [{ usage: older }, { usage: null }, { usage: newer }] }))).toBe(newer)
  expect(usageOf(mount({ hosts: [{ usage: null }] }))).toBeNull()
})
