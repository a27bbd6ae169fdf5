import { expect, it } from 'vitest'
import { span, whyNotValid } from '@/lib/agent-protocol/clock'

it.each([
  [0, '0 s'],
  [61_000, '61 s'],
  [-600_000, '10 min'],
  [3 * 3_600_000, '3 h'],
  [40 * 86_400_000, '40 days'],
])('%i ms are %s', (ms, words) => {
  expect(span(ms)).toBe(words)
})

it('names both times, the difference and the cure', () => {
  const validity = { validFromDate: new Date('2026-03-01T12:00:00Z'), validToDate: new Date('2026-03-08T12:00:00Z') }
  const at = (now: string) => whyNotValid(validity, new Date(now), 'this host')
  expect(at('2026-03-01T11:50:00Z')).toBe(
    'is valid from 2026-03-01T12:00:00.000Z on, and the clock of this host says 2026-03-01T11:50:00.000Z, 10 min earlier. Set the clocks of both machines by NTP, such as with "timedatectl set-ntp true".',
  )
  expect(at('2026-03-10T12:00:00Z')).toMatch(
    /^was valid until 2026-03-08T12.* says 2026-03-10T12.*, 2 days later\. .*NTP/,
  )
  expect(at('2026-03-02T00:00:00Z')).toBeNull()
})
