import { expect, it } from 'vitest'
import { pauseBefore, stateAfter } from '@/components/consoles/screen-state'
import { CLOSE_CODES } from '@/lib/consoles/closing'

it.each([
  [CLOSE_CODES.asked, 'ended'],
  [CLOSE_CODES.revoked, 'ended'],
  [CLOSE_CODES.refused, 'refused'],
  [CLOSE_CODES.machine, 'reconnecting'],
  [CLOSE_CODES.restarted, 'reconnecting'],
  [1006, 'reconnecting'],
])('after a close with %i it is %s', (code, name) => {
  expect(stateAfter(code, '').name).toBe(name)
})

it('says what the host has said', () => {
  expect(stateAfter(CLOSE_CODES.refused, 'The machine is off.')).toMatchObject({ words: 'The machine is off.' })
})

it('tries again ever more slowly, for about a minute, and then leaves it to the person', () => {
  const pauses = Array.from({ length: 9 }, (_, attempt) => pauseBefore(attempt))
  expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000, 15_000, null])
})
