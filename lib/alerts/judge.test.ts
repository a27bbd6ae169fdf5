import { expect, test } from 'vitest'
import { type Happened, judge, type Remembered } from '@/lib/alerts/judge'
import { CALM_MS, FULLNESS, isFullSoon, LASTS_MINUTES, type Limits, lastsMs, levelAt } from '@/lib/alerts/rules'
import type { Severity } from '@/lib/attention/schema'

const START = Date.parse('2026-11-30T10:00:00Z')
const MINUTE = 60_000
const LOOK_MS = 30_000
const NONE: ReadonlySet<string> = new Set()

/** Looks at a figure every half minute, as the controller does, and says what happened when, in minutes. */
function follow(figures: readonly number[], limits: Limits = FULLNESS, kind: 'capacity' | 'clock' = 'capacity') {
  const told: string[] = []
  let row: Remembered | null = null
  const watchedSince = new Date(START)
  for (const [at, figure] of figures.entries()) {
    const now = new Date(START + at * LOOK_MS)
    const before: Severity | undefined = row?.openedAt && row.goneAt === null ? row.severity : undefined
    const severity = levelAt(figure, limits, before)
    const found = severity === null ? undefined : { severity, lastsMs: lastsMs(LASTS_MINUTES[kind]), members: NONE }
    if (row === null) {
      if (found)
        row = { ...found, milderSince: null, firstSeenAt: now, openedAt: null, goneAt: null, returns: 0, members: [] }
      continue
    }
    const verdict = judge(row, found, now, watchedSince)
    if (verdict.happened !== null) told.push(`${(at * LOOK_MS) / MINUTE} ${verdict.happened} ${verdict.row?.severity}`)
    row = verdict.row?.clearedAt === null ? verdict.row : null
  }
  return told
}

const many = (count: number, ...figures: number[]) => Array.from({ length: count }, () => figures).flat()

test.each([
  ['90 % is told once it was measured twice', many(12, 90), ['2 opened warning']],
  ['what is over before it was measured twice was nothing', [...many(3, 99), ...many(20, 50)], []],
  ['95 % is critical', many(12, 95), ['2 opened critical']],
  ['from 90 to 95 % it gets worse, at once', [...many(11, 92), 95], ['2 opened warning', '5.5 worse critical']],
  ['200 times one point to and fro are one alert', [...many(11, 91), ...many(200, 89, 91)], ['2 opened warning']],
  ['and neither worse nor milder', [...many(11, 95), ...many(200, 94, 96)], ['2 opened critical']],
  ['200 times from full to empty and back are one, too', [...many(11, 91), ...many(200, 10, 91)], ['2 opened warning']],
  [
    'under 93 % for five minutes it is a warning again, under 88 % for five minutes it is over',
    [...many(11, 95), ...many(40, 92), ...many(40, 87)],
    ['2 opened critical', '10.5 milder warning', '30.5 cleared warning'],
  ],
])('%s', (_name, figures, told) => {
  expect(follow(figures)).toEqual(told)
})

const OPEN: Remembered = {
  severity: 'warning',
  milderSince: null,
  firstSeenAt: new Date(START),
  openedAt: new Date(START),
  goneAt: new Date(START + MINUTE),
  returns: 2,
  members: [],
}

test('nothing is over because nobody looked: a controller that takes over watches for five minutes itself', () => {
  const now = new Date(START + 60 * MINUTE)
  expect(judge(OPEN, undefined, now, now)).toEqual({ row: { ...OPEN, clearedAt: null }, happened: null })
  const later = new Date(now.getTime() + CALM_MS)
  expect(judge(OPEN, undefined, later, now)).toEqual({
    row: { ...OPEN, clearedAt: OPEN.goneAt },
    happened: 'cleared' satisfies Happened,
  })
  const back = judge(OPEN, { severity: 'warning', lastsMs: 0, members: NONE }, later, now)
  expect(back).toEqual({ row: { ...OPEN, goneAt: null, returns: 3, clearedAt: null }, happened: null })
})

test('one more of what it is about is news once, also while it comes and goes, and is no other alert', () => {
  const told: string[] = []
  let row: Remembered = { ...OPEN, goneAt: null, members: ['a'] }
  const looks = [['a'], ['a', 'b'], ...Array.from({ length: 100 }, () => [['a'], ['b', 'a']]).flat(), ['c']]
  for (const [at, ids] of looks.entries()) {
    const now = new Date(START + at * LOOK_MS)
    const verdict = judge(row, { severity: 'warning', lastsMs: 0, members: new Set(ids) }, now, now)
    if (verdict.row === null) throw new Error('forgotten')
    row = verdict.row
    if (verdict.happened !== null) told.push(`${at} ${verdict.happened} ${row.members.join('')}`)
  }
  expect(told).toEqual(['1 worse ab', '202 worse abc'])
})

test('a forecast that is told ends later than it began', () => {
  const days = (count: number) => count * 24 * 60 * MINUTE
  expect([6.9, 7.1].map((left) => isFullSoon(days(left), false))).toEqual([true, false])
  expect([8.9, 9.1].map((left) => isFullSoon(days(left), true))).toEqual([true, false])
})
