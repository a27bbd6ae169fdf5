import { describe, expect, it } from 'vitest'
import { SetSchedule, SnapshotRule } from '@/lib/snapshots/schema'
import { nextRuns } from '@/lib/snapshots/timing'

const since = new Date('2026-11-30T01:00:00Z')
const runs = (rule: SnapshotRule, timeZone: string, after: string, count = 3) =>
  nextRuns({ rule, timeZone, since }, new Date(after), count).map((run) => run.toISOString())

describe('the next runs', () => {
  it('of minutes and hours are counted from when it was set, and not before that', () => {
    expect(runs({ repeat: 'minutes', every: 25 }, 'UTC', '2026-11-30T01:25:00Z', 2)).toEqual([
      '2026-11-30T01:50:00.000Z',
      '2026-11-30T02:15:00.000Z',
    ])
    expect(runs({ repeat: 'hours', every: 6 }, 'Europe/Vienna', '2026-11-01T00:00:00Z', 1)).toEqual([
      '2026-11-30T07:00:00.000Z',
    ])
  })

  it('of days and weeks are those of the clock there', () => {
    expect(runs({ repeat: 'daily', at: '23:15' }, 'America/New_York', '2026-11-30T05:00:00Z', 2)).toEqual([
      '2026-12-01T04:15:00.000Z',
      '2026-12-02T04:15:00.000Z',
    ])
    const weekly = { repeat: 'weekly', on: ['sunday', 'wednesday'], at: '04:00' } as const
    expect(runs({ ...weekly, on: [...weekly.on] }, 'Europe/Vienna', '2026-11-30T01:00:00Z')).toEqual([
      '2026-12-02T03:00:00.000Z',
      '2026-12-06T03:00:00.000Z',
      '2026-12-09T03:00:00.000Z',
    ])
    expect(runs({ repeat: 'cron', line: '15 5 1 * *' }, 'UTC', '2026-11-30T01:00:00Z', 2)).toEqual([
      '2026-12-01T05:15:00.000Z',
      '2027-01-01T05:15:00.000Z',
    ])
  })

  it('come once on the days on which a clock is changed', () => {
    // 02:30 is skipped on 28 March 2027, and shown twice on 31 October.
    expect(runs({ repeat: 'daily', at: '02:30' }, 'Europe/Vienna', '2027-03-27T12:00:00Z', 2)).toEqual([
      '2027-03-28T01:00:00.000Z',
      '2027-03-29T00:30:00.000Z',
    ])
    expect(runs({ repeat: 'daily', at: '02:30' }, 'Europe/Vienna', '2027-10-30T12:00:00Z', 2)).toEqual([
      '2027-10-31T00:30:00.000Z',
      '2027-11-01T01:30:00.000Z',
    ])
  })
})

describe('a schedule', () => {
  it('has defaults for all but how often', () => {
    expect(SetSchedule.parse({ rule: { repeat: 'daily', at: '02:30' } })).toEqual({
      rule: { repeat: 'daily', at: '02:30' },
      time_zone: 'UTC',
      keep: { last: 7, daily: 0, weekly: 0, monthly: 0 },
      prefix: 'auto',
      enabled: true,
    })
  })

  it.each([
    [{ repeat: 'cron', line: 'often' }, 'five fields'],
    [{ repeat: 'cron', line: '* * * * * *' }, 'five fields'],
    [{ repeat: 'cron', line: '* * * * *' }, 'every 5 minutes'],
    [{ repeat: 'cron', line: '0,3 4 * * *' }, 'every 5 minutes'],
    [{ repeat: 'cron', line: '0 0 30 2 *' }, 'never'],
    [{ repeat: 'minutes', every: 1 }, '5 minutes'],
    [{ repeat: 'daily', at: '25:00' }, 'time of day'],
    [{ repeat: 'weekly', on: [], at: '02:00' }, 'day'],
  ])('is refused with the cure: %j', (rule, words) => {
    const message = SnapshotRule.safeParse(rule).error?.issues[0]?.message
    expect(message).toContain(words)
  })

  it('is refused in a time zone that nobody knows', () => {
    const given = { rule: { repeat: 'daily', at: '02:30' }, time_zone: 'Mars/Olympus' }
    expect(SetSchedule.safeParse(given).error?.issues[0]).toMatchObject({
      path: ['time_zone'],
      message: expect.stringContaining('Europe/Vienna'),
    })
  })
})
