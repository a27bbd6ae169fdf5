import { expect, test } from 'vitest'
import { TYPE_DRAWINGS } from '@/components/backends/type-drawings'
import { DESCRIPTORS } from '@/lib/drivers/registry'

test('every storage type has a drawing of its own', () => {
  const drawn = DESCRIPTORS.map(({ id }) => TYPE_DRAWINGS[id])
  expect(drawn).not.toContain(undefined)
  expect(new Set(drawn).size).toBe(DESCRIPTORS.length)
})
