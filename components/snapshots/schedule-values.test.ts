import { expect, it } from 'vitest'
import { firstValues, scheduleBody, valuesOf } from '@/components/snapshots/schedule-values'
import { keepWords, keptWords, ruleWords } from '@/components/snapshots/schedule-words'
import { SetSchedule, type SnapshotRule } from '@/lib/snapshots/schema'

const RULES: SnapshotRule[] = [
  { repeat: 'minutes', every: 15 },
  { repeat: 'hours', every: 1 },
  { repeat: 'daily', at: '02:30' },
  { repeat: 'weekly', on: ['monday', 'friday'], at: '23:00' },
  { repeat: 'cron', line: '0 4 1 * *' },
]

it('fill the form with what is stored, and send the same', () => {
  for (const rule of RULES) {
    const given = SetSchedule.parse({ rule, time_zone: 'Europe/Vienna', keep: { last: 3, weekly: 4 }, prefix: 'night' })
    const stored = { ...given, since: '2026-11-30T00:00:00Z', updated_at: '2026-11-30T00:00:00Z' }
    expect(SetSchedule.parse(scheduleBody(valuesOf(stored)))).toEqual(given)
  }
})

it('begin with something that can be saved, and leave what is no figure to the API', () => {
  expect(SetSchedule.safeParse(scheduleBody(firstValues('UTC'))).success).toBe(true)
  const wrong = SetSchedule.safeParse(scheduleBody({ ...firstValues('UTC'), last: 'many' }))
  expect(wrong.error?.issues[0]?.path).toEqual(['keep', 'last'])
})

it('are told in a sentence', () => {
  expect(RULES.map(ruleWords)).toEqual([
    'Every 15 minutes',
    'Every hour',
    'Every day at 02:30',
    'Every Monday and Friday at 23:00',
    'By cron: 0 4 1 * *',
  ])
  expect(keepWords({ last: 1, daily: 0, weekly: 4, monthly: 1 })).toBe(
    'The last one, one of each of 4 weeks, one of this month',
  )
  expect(keptWords(['last', 'daily'])).toBeNull()
  expect(keptWords(['daily', 'weekly', 'clone'])).toBe('kept as the one of its day, of its week')
  expect(keptWords(['clone'])).toContain('clone')
})
