import { expect, test } from 'vitest'
import { describeTime } from '@/components/ui/relative-time'
import { compare, parseSort } from '@/components/ui/table/table-model'

test('names sort as people sort them, numbers by size', () => {
  expect(['host-10', 'Host-2', 'host-1'].toSorted(compare)).toEqual(['host-1', 'Host-2', 'host-10'])
  expect([10, 9, 100].toSorted(compare)).toEqual([9, 10, 100])
})

test.each([
  ['name.desc', undefined, [{ id: 'name', desc: true }]],
  ['', 'name.asc', [{ id: 'name', desc: false }]],
  ['', undefined, []],
])('the address "%s" with the default %s', (text, fallback, expected) => {
  expect(parseSort(text, fallback)).toEqual(expected)
})

test.each([
  [3, 'just now'],
  [59, '59 s ago'],
  [60, '1 min ago'],
  [7200, '2 h ago'],
  [86_400 * 3, '3 d ago'],
  [-600, 'in 10 min'],
])('%i seconds are "%s"', (seconds, words) => {
  const at = Date.parse('2026-11-20T12:00:00Z')
  expect(describeTime(new Date(at - seconds * 1000).toISOString(), at)).toBe(words)
})
