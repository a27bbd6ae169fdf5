import { expect, test } from 'vitest'
import { verbEntries } from '@/components/layout/palette-verbs'

const ALL = ['mounts.write', 'backends.write', 'backends.test']
const things = {
  mounts: [
    { id: 'm1', name: 'archive', desired_state: 'mounted' as const, removing: false },
    { id: 'm2', name: 'media archive', desired_state: 'unmounted' as const, removing: false },
    { id: 'm3', name: 'archive-old', desired_state: 'mounted' as const, removing: true },
  ],
  backends: [{ id: 'b1', name: 'archive on nas1' }],
}

function offered(query: string, permissions: readonly string[] = ALL): string[] {
  return verbEntries(query, things, permissions).map(({ label, target }) => `${label} ${target.one.id}`)
}

test.each([
  ['unmount archive', ['Unmount m1']],
  ['umount ARCH', ['Unmount m1']],
  ['mount archive', ['Mount m2']],
  ['delete archive', ['Delete m1', 'Delete m2', 'Delete b1']],
  ['test', ['Test b1']],
  ['edit nas1', ['Edit b1']],
  ['retry media', ['Retry m2']],
  ['archive', []],
  ['un', []],
  ['unmount nothing-like-it', []],
])('"%s" offers %j', (query, expected) => {
  expect(offered(query)).toEqual(expected)
})

test('nobody is offered what they may not do', () => {
  expect(offered('delete archive', ['backends.test'])).toEqual([])
  expect(offered('test archive', ['backends.test'])).toEqual(['Test b1'])
})

test('of many a few are offered', () => {
  const mounts = Array.from({ length: 100 }, (_, index) => ({ ...things.mounts[0], id: `m${index}`, name: 'x' }))
  expect(verbEntries('unmount x', { mounts: mounts as never, backends: [] }, ALL)).toHaveLength(8)
})
