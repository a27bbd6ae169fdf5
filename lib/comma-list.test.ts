import { expect, test } from 'vitest'
import { joinValues, splitValues } from '@/lib/comma-list'

test.each([
  [[], ''],
  [['error'], 'error'],
  [['error', 'offline'], 'error,offline'],
  [['note=a,b', '100%', '%2C'], 'note=a%2Cb,100%25,%252C'],
])('%j is written as "%s", and is read from there', (values, text) => {
  expect(joinValues(values)).toBe(text)
  expect(splitValues(text)).toEqual(values)
})

test('what an address says twice or leaves empty counts once or not at all', () => {
  expect(splitValues(',error,,error,')).toEqual(['error'])
})
