import { expect, it } from 'vitest'
import { decide, pauseAfter, type Situation } from '@/lib/notifiers/decide'

const NOW = new Date('2026-11-30T12:00:00Z')

function situation(over: Partial<Situation> = {}): Situation {
  return {
    event: 'opened',
    severity: 'critical',
    attempts: 0,
    alert: { severity: 'critical', clearedAt: null, goneAt: null },
    quietUntil: null,
    held: null,
    muted: null,
    earlier: { areWaiting: false, wereSent: false },
    ...over,
  }
}

const done = (over: Partial<Situation>) => decide(situation(over), NOW)
const over = { severity: 'critical', clearedAt: NOW, goneAt: NOW }

it('sends what is still so, and what may have arrived already', () => {
  expect(done({})).toEqual({ do: 'send' })
  expect(done({ event: 'test', alert: null, muted: 'Muted.' })).toEqual({ do: 'send' })
  // It was tried, and may be known: that it is over is told after it.
  expect(done({ attempts: 1, alert: over })).toEqual({ do: 'send' })
  expect(done({ event: 'cleared', alert: over, earlier: { areWaiting: false, wereSent: true } })).toEqual({
    do: 'send',
  })
})

it('skips what nobody needs any more, and says why', () => {
  expect(done({ alert: over })).toEqual({ do: 'skip', why: 'It was over before.' })
  expect(done({ event: 'cleared', alert: over })).toMatchObject({ do: 'skip' })
  expect(done({ held: { by: 'ada', until: null } })).toEqual({ do: 'skip', why: 'ada had acknowledged it.' })
  const milder = { severity: 'warning', clearedAt: null, goneAt: null }
  expect(done({ event: 'worse', alert: milder })).toMatchObject({ do: 'skip' })
  // It is still there.
  expect(done({ event: 'opened', alert: milder })).toEqual({ do: 'send' })
})

it('waits behind an earlier message, for the end of a silence, and while something mutes it', () => {
  const until = new Date(NOW.getTime() + 3_600_000)
  expect(done({ earlier: { areWaiting: true, wereSent: false } })).toMatchObject({ do: 'wait' })
  expect(done({ held: { by: 'ada', until } })).toEqual({ do: 'wait', why: 'ada has silenced it.', until })
  expect(done({ event: 'reminder', held: { by: 'ada', until } })).toMatchObject({ do: 'skip' })
  const quiet = { do: 'wait', why: 'Quiet hours.', until }
  expect(done({ quietUntil: until })).toEqual(quiet)
  expect(done({ quietUntil: until, attempts: 2 })).toEqual(quiet)
  const wereSent = { areWaiting: false, wereSent: true }
  expect(done({ quietUntil: until, event: 'cleared', alert: over, earlier: wereSent })).toEqual(quiet)
  expect(done({ quietUntil: until, alert: over })).toMatchObject({ do: 'skip' })
  const later = new Date(NOW.getTime() + 60_000)
  expect(done({ alert: { severity: 'critical', clearedAt: null, goneAt: NOW } })).toMatchObject({ until: later })
  expect(done({ muted: 'Maintenance.' })).toEqual({ do: 'wait', why: 'Maintenance.', until: later })
})

it('tries for a day with longer and longer pauses, a test only once', () => {
  const pauses: number[] = []
  for (let attempt = 1, next = pauseAfter(1, 'opened'); next !== null; next = pauseAfter(++attempt, 'opened'))
    pauses.push(next)
  expect(pauses).toEqual(pauses.toSorted((one, other) => one - other))
  const hours = pauses.reduce((sum, pause) => sum + pause, 0) / 3_600_000
  expect(hours).toBeGreaterThan(23)
  expect(hours).toBeLessThan(25)
  expect(pauseAfter(1, 'opened', 60_000)).toBe(60_000)
  expect(pauseAfter(1, 'test')).toBeNull()
})
