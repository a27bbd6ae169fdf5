import { expect, it } from 'vitest'
import { healthInWords } from '@/components/settings/health-words'
import type { HealthCheck, HealthState } from '@/lib/health/schema'

const check = (title: string, state: HealthState): HealthCheck => ({
  id: 'web',
  title,
  state,
  summary: '',
  advice: null,
  facts: [],
})

it('says in a sentence which parts are not well, the worst first', () => {
  expect(healthInWords({ checks: [check('Web', 'ok')] })).toBe('Every part of Holdfast is well.')
  expect(
    healthInWords({
      checks: [
        check('Web', 'attention'),
        check('Controller', 'failing'),
        check('Agents', 'attention'),
        check('Secrets', 'unknown'),
      ],
    }),
  ).toBe('Controller failing; Web, Agents in need of attention; Secrets unknown.')
})
