import { expect, test } from 'vitest'
import { type Found, verbEntries } from '@/components/layout/palette-verbs'

const ALL = ['mounts.write', 'backends.write', 'backends.test']
const things: { mounts: Found[]; backends: Found[] } = {
  mounts: [
    { id: 'm1', name: 'archive', desired: 'mounted' },
    { id: 'm2', name: 'media archive', desired: 'unmounted' },
    { id: 'm3', name: 'archive-old', desired: 'removing' },
  ],
  backends: [{ id: 'b1', name: 'archive on nas1', desired: null }],
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

test('who uses what is offered to whoever may read it', () => {
  const may = ['mounts.read', 'backends.read']
  expect(offered('who archive-old', may)).toEqual([])
  expect(offered('breaks nas1', may)).toEqual(['Who uses b1'])
  expect(offered('uses media', may)).toEqual(['Who uses m2'])
  expect(offered('uses archive', ['backends.read'])).toEqual(['Who uses b1'])
})

test('of many a few are offered', () => {
  const mounts = Array.from({ length: 100 }, (_, index) => ({
    id: `m${index}`,
    name: 'x',
    desired: 'mounted' as const,
  }))
  expect(verbEntries('unmount x', { mounts, backends: [] }, ALL)).toHaveLength(8)
})
