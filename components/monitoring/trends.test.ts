import { describe, expect, test } from 'vitest'
import { sparkPath, sparkWords } from '@/components/monitoring/sparkline'
import { growthWords, untilWords } from '@/components/monitoring/trend-words'

const NOW = Date.parse('2026-11-30T12:00:00Z')
const after = (days: number) => new Date(NOW + days * 86_400_000).toISOString()

test.each([
  [-3, 'now'],
  [0.4, 'in 1 day'],
  [11.2, 'in 12 days'],
  [89, 'in 89 days'],
  [120, 'in 4 months'],
  [700, 'in 23 months'],
  [1_500, 'in 4 years'],
])('what is full after %s days is full %s', (days, words) => {
  expect(untilWords(after(days), NOW)).toBe(words)
})

test.each([
  [null, 'unknown'],
  [1_000, 'steady'],
  [-1_000, 'steady'],
  [12 * 2 ** 30, '+12.0 GiB a day'],
  [-3 * 2 ** 40, '−3.00 TiB a day'],
])('%s bytes a day are %s', (bytes, words) => {
  expect(growthWords(bytes)).toBe(words)
})

describe('a sparkline', () => {
  const heights = (path: string) => [...path.matchAll(/ ([\d.]+)/g)].map(([, y]) => Number(y))

  test('shows what moves over its height, and what hardly moves as flat', () => {
    expect(heights(sparkPath([20, 70]))).toEqual([22, 2])
    const [first = 0, last = 0] = heights(sparkPath([50, 51]))
    expect(first - last).toBeCloseTo(2)
    expect((first + last) / 2).toBeCloseTo(12)
  })

  test('has a gap where nothing was measured, and a dot for one day alone', () => {
    expect(sparkPath([10, 20, null, 30]).match(/[MLh]/g)).toEqual(['M', 'L', 'M', 'h'])
    expect(sparkPath([null, null])).toBe('')
  })

  test('says in words what it draws', () => {
    expect(sparkWords([null, 41.4, null, 58])).toBe('In 3 days from 41 % to 58 %')
    expect(sparkWords([50.1, 49.9])).toBe('50 % for 2 days')
    expect(sparkWords([null])).toBeNull()
  })
})
