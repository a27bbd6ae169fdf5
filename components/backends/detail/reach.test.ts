import { expect, test } from 'vitest'
import { fullFirst, fullHosts, fullInWords, hostsOfBackend, reachWords } from '@/components/backends/detail/reach'
import type { BackendView, ConnectionView } from '@/lib/backends/schema'
import type { MountOnHostView, MountView } from '@/lib/mounts/schema'

function mount(name: string, hosts: Record<string, Pick<MountOnHostView, 'status' | 'state'>>): MountView {
  const entries = Object.entries(hosts).map(([host, seen]) => ({
    host_id: host,
    host_name: host,
    error: null,
    ...seen,
  }))
  return { name, hosts: entries } as unknown as MountView
}

const WELL = { status: 'mounted', state: 'mounted' } as const
const HUNG = { status: 'hung', state: 'hung' } as const
const GONE = { status: 'unmounted', state: 'absent' } as const

test('a host stands once, as its worst mount does, and what fails stands first', () => {
  const mounts = [
    mount('archive', { 'node-10': WELL, 'node-2': WELL, 'node-1': WELL }),
    mount('media', { 'node-10': HUNG, 'node-3': GONE }),
  ]
  const hosts = hostsOfBackend({ connections: [] }, mounts)
  expect(hosts.map(({ host_name, status, mounts: on }) => [host_name, status.word, on])).toEqual([
    ['node-10', 'Not answering', ['archive', 'media']],
    ['node-1', 'Mounted', ['archive']],
    ['node-2', 'Mounted', ['archive']],
    ['node-3', 'Unmounted', ['media']],
  ])
  expect(reachWords(hosts)).toBe('2 of 3')
})

test('a block storage counts where it is open', () => {
  const connections = [
    { host_id: 'a', host_name: 'a', desired: 'connected', state: 'connected', message: null },
    { host_id: 'b', host_name: 'b', desired: 'connected', state: 'error', message: 'It refuses.' },
  ] as unknown as ConnectionView[]
  const hosts = hostsOfBackend({ connections }, [])
  expect(hosts.map(({ host_name, error }) => [host_name, error])).toEqual([
    ['b', 'It refuses.'],
    ['a', null],
  ])
  expect(reachWords(hosts)).toBe('1 of 2')
  expect(reachWords([])).toBeNull()
})

test('a host whose own storage is full stands first, before one that fails, and is named', () => {
  const own = (host: string, used: number, available: number) => ({
    host_id: host,
    host_name: host,
    used_bytes: used,
    total_bytes: 100,
    available_bytes: available,
  })
  const stats = (...hosts: object[]) => ({ hosts }) as unknown as BackendView['stats']
  const all = stats(own('node-1', 10, 90), own('node-2', 82, 8), own('node-3', 95, 0))
  const hosts = hostsOfBackend({ connections: [] }, [
    mount('scratch', { 'node-1': WELL, 'node-2': WELL, 'node-3': WELL, 'node-9': HUNG }),
  ])
  expect(fullFirst(hosts, fullHosts(all)).map(({ host_id }) => host_id)).toEqual([
    'node-3',
    'node-2',
    'node-9',
    'node-1',
  ])
  expect(fullInWords('scratch', fullHosts(all))).toBe('scratch is nearly full on node-3 (100 %) and node-2 (91 %)')
  expect(fullInWords('scratch', fullHosts(stats(own('node-3', 95, 0))))).toBe('scratch is 100 % full on node-3')
  expect(fullInWords('scratch', fullHosts(stats(own('node-1', 10, 90))))).toBeNull()
  expect(fullHosts({} as BackendView['stats'])).toEqual([])
})
