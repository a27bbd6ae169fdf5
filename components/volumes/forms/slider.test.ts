import { expect, test } from 'vitest'
import { sliderEnd, stepOf } from '@/components/volumes/forms/slider'

const GIB = 2 ** 30

test.each([
  [0, 100 * 2 ** 20, 2 ** 20],
  [10 * GIB, 110 * GIB, 512 * 2 ** 20],
  [10 * GIB, 210 * GIB, GIB],
  [0, 60 * 1024 * GIB, 512 * GIB],
])('from %s to %s it goes in steps of %s', (from, to, step) => {
  expect(stepOf(from, to)).toBe(step)
})

test('it ends where the room does, at a size that it can stand on', () => {
  const volume = { size_bytes: 10 * GIB }
  const end = sliderEnd(volume, { available_bytes: null }, { bytes: 50 * GIB + 12_345, by: 'free' })
  expect(end).toBe(50 * GIB)
  expect(sliderEnd(volume, { available_bytes: 5 * GIB }, { bytes: null, by: null })).toBe(15 * GIB)
})

test('there is none where nothing is left or nothing is known', () => {
  const volume = { size_bytes: 10 * GIB }
  expect(sliderEnd(volume, { available_bytes: null }, { bytes: null, by: null })).toBeNull()
  expect(sliderEnd(volume, { available_bytes: null }, { bytes: 10 * GIB, by: 'largest' })).toBeNull()
  expect(sliderEnd(volume, { available_bytes: null }, { bytes: 10 * GIB + 1, by: 'largest' })).toBeNull()
})
