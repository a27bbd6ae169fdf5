import { expect, it } from 'vitest'
import { budgetWords, outageWords, percentWords } from '@/components/availability/availability-words'

it.each([
  [null, 'Not known'],
  [100, '100 %'],
  [99.99996, '99.999 %'],
  [99.9, '99.900 %'],
  [99.456, '99.45 %'],
  [87.26, '87.2 %'],
  [0, '0.0 %'],
])('of %s percent people read %s', (percent, words) => {
  expect(percentWords(percent)).toBe(words)
})

it.each([
  [null, 0, 99.9, 'Not known'],
  [100, 0, 99.9, '100 % left, none used'],
  [49.9, 1_300, 99.9, '49 % left, 22 min used'],
  [-50, 3_900, 99.9, 'used up 2 times, 1 h used'],
  [-100, 5, 100, 'used up, 5 s used'],
])('of a budget with %s %% left after %d s of %d %% people read %s', (left, failing, objective, words) => {
  expect(budgetWords({ failing_seconds: failing, budget_left_percent: left }, objective)).toBe(words)
})

it('counts outages', () => {
  expect([0, 1, 3].map(outageWords)).toEqual(['no outage', '1 outage', '3 outages'])
})
