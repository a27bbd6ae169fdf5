import { expect, it } from 'vitest'
import { Rate } from './rate'

const bytes = (done: number, phase?: string) => ({
  done,
  total: 1_000_000,
  unit: 'bytes' as const,
  ...(phase === undefined ? {} : { phase }),
})

it('is not known before half a second has gone by', () => {
  const rate = new Rate()
  expect([rate.add(bytes(0), 0), rate.add(bytes(900), 499), rate.add(bytes(1_000), 500)]).toEqual([null, null, 2_000])
})

it('is of the last ten seconds, so that it follows the work', () => {
  const rate = new Rate()
  for (let second = 0; second <= 10; second++) rate.add(bytes(second * 100), second * 1_000)
  for (let second = 11; second <= 21; second++) rate.add(bytes(1_000), second * 1_000)
  expect(rate.add(bytes(1_000), 22_000)).toBe(0)
})

it('begins anew with another phase, and where the work begins anew', () => {
  const rate = new Rate()
  rate.add(bytes(0, 'writing'), 0)
  expect(rate.add(bytes(5_000, 'writing'), 1_000)).toBe(5_000)
  expect(rate.add(bytes(5_000, 'reading'), 2_000)).toBeNull()
  expect(rate.add(bytes(6_000, 'reading'), 3_000)).toBe(1_000)
  expect(rate.add(bytes(10, 'reading'), 4_000)).toBeNull()
  expect(rate.add(bytes(30, 'reading'), 5_000)).toBe(20)
})
