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
  [null, 0, 99.9, 1, 'Not known'],
  [null, 0, 100, 1, 'The objective leaves none'],
  [100, 0, 99.9, 1, 'none of 43 min used'],
  [49.9, 1_300, 99.9, 1, '22 min of 43 min used'],
  [40, 31_104, 99, 2, '8 h 38 min of 14 h 24 min used'],
  [-50, 3_900, 99.9, 1, '65 min of 43 min used, more than there is'],
  [-100, 5, 100, 1, '5 s of 0 s used, more than there is'],
])(
  'of a budget with %s %% left after %d s of %d %% on %d hosts people read %s',
  (left, failing, objective, hosts, words) => {
    const counted = { failing_seconds: failing, budget_left_percent: left }
    expect(budgetWords(counted, { objective, days: 30, hosts })).toBe(words)
  },
)

it('counts outages', () => {
  expect([0, 1, 3].map(outageWords)).toEqual(['no outage', '1 outage', '3 outages'])
})
