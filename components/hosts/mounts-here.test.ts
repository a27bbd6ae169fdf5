import { expect, test } from 'vitest'
import { mountsHere } from '@/components/hosts/mounts-here'
import { sharedCauses } from '@/components/mounts/shared-causes'
import type { MountOnHostView, MountView } from '@/lib/mounts/schema'

const DEAD = { status: 'hung', state: 'hung', error: 'nas1 does not answer.', advice: 'Check it.' } as const

function mount(name: string, over: Partial<MountOnHostView>): MountView {
  const entry = {
    host_id: 'a',
    status: 'mounted',
    state: 'mounted',
    error: null,
    advice: null,
    explanation: null,
    drift: null,
  }
  return {
    id: name,
    name,
    hosts: [
      { ...entry, ...over },
      { ...entry, host_id: 'b' },
    ],
  } as MountView
}

const mounts = [
  mount('archive', {}),
  mount('backup', { status: 'unknown' }),
  mount('media', DEAD),
  mount('projects', DEAD),
  mount('scratch', { status: 'error', state: 'error', error: 'It is full.' }),
]

test('what fails on the host stands first, then what is not known; other hosts do not count', () => {
  const names = mountsHere('a', mounts).map((here) => here.mount.name)
  expect(names).toEqual(['media', 'projects', 'scratch', 'backup', 'archive'])
  expect(mountsHere('c', mounts)).toEqual([])
})

test('a dead server under several mounts is said once, what one alone has stays with it', () => {
  const causes = sharedCauses(mountsHere('a', mounts), ({ entry }) => entry).map(({ title, entries }) => [
    title,
    entries.length,
  ])
  expect(causes).toEqual([['nas1 does not answer.', 2]])
})
