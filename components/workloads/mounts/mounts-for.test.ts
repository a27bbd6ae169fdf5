import { expect, it } from 'vitest'
import { mountsFor } from '@/components/workloads/mounts/mounts-for'

const here = {
  host_id: 'one',
  desired_state: 'mounted' as const,
  removing: false,
  mount_point: '/mnt/a',
  read_only: false,
}
const mount = (name: string, over: object = {}, onHost: object = {}) => ({
  ...{ id: name, name, pool: null, repository: null, removing: false, hosts: [{ ...here, ...onHost }] },
  ...over,
})

it('offers what is on the host, and nothing of a pool, of a repository or on its way out', () => {
  const mounts = [
    mount('b', {}, { mount_point: '/mnt/other', read_only: true }),
    mount('a'),
    mount('pool', { pool: { id: 'p', name: 'p' } }),
    mount('backups', { repository: { id: 'r', name: 'r' } }),
    mount('gone', { removing: true }),
    mount('elsewhere', {}, { host_id: 'two' }),
    mount('unmounted', {}, { desired_state: 'unmounted' }),
    mount('leaving', {}, { removing: true }),
  ]
  expect(mountsFor(mounts, 'one')).toEqual([
    { id: 'a', name: 'a', path: '/mnt/a', isReadOnly: false },
    { id: 'b', name: 'b', path: '/mnt/other', isReadOnly: true },
  ])
})
