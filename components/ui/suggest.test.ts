import { expect, it } from 'vitest'
import { matching } from '@/components/ui/suggest'

const EXPORTS = [{ value: '/srv/nfs/rw' }, { value: '/srv/nfs/ro', label: 'Read only' }]

it('offers all when the list opens, and what holds the text once somebody types', () => {
  expect(matching(EXPORTS, '/srv/media', false)).toEqual(EXPORTS)
  expect(matching(EXPORTS, 'RW', true)).toEqual([EXPORTS[0]])
  expect(matching(EXPORTS, 'read', true)).toEqual([EXPORTS[1]])
  expect(matching(EXPORTS, '/srv/media', true)).toEqual([])
})
