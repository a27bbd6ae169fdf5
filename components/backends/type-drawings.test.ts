import { expect, test } from 'vitest'
import { TYPE_DRAWINGS } from '@/components/backends/type-drawings'
import { ALL_TYPES } from '@/lib/drivers/registry'

// A type without one is drawn by what it gives access to, so that a new type needs nothing here.
test('each drawing is of a storage type, and no two are alike', () => {
  const drawn = Object.entries(TYPE_DRAWINGS)
  expect(ALL_TYPES.map(({ id }) => id)).toEqual(expect.arrayContaining(drawn.map(([id]) => id)))
  expect(new Set(drawn.map(([, drawing]) => JSON.stringify(drawing))).size).toBe(drawn.length)
})
