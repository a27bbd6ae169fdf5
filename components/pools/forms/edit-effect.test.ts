import { expect, it } from 'vitest'
import { effectOf, isQuiet } from '@/components/pools/forms/edit-effect'

const pool = {
  hosts: [
    { host_id: 'hst_a', host_name: 'a', phase: 'READY' },
    { host_id: 'hst_b', host_name: 'b', phase: 'READY' },
    { host_id: 'hst_c', host_name: 'c', phase: 'CLOSING' },
  ],
} as never
const [A, B, C] = ['a', 'b', 'c'].map((name) => ({ id: `hst_${name}`, name })) as [
  { id: string; name: string },
  { id: string; name: string },
  { id: string; name: string },
]

it('says which hosts open it, close it, and open it anew', () => {
  expect(effectOf(pool, [A, C], false)).toEqual({ opens: ['c'], closes: ['b'], reopens: [] })
  expect(effectOf(pool, [A, C], true)).toEqual({ opens: ['c'], closes: ['b'], reopens: ['a'] })
  const none = effectOf(pool, [A, B], false)
  expect([none, isQuiet(none)]).toEqual([{ opens: [], closes: [], reopens: [] }, true])
  expect(isQuiet(effectOf(pool, [A, B], true))).toBe(false)
})
