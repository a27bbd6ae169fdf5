import type { ScheduleView, SnapshotRule } from '@/lib/snapshots/schema'
import { sentenceList } from '@/lib/volumes/words'

export const DAY_WORDS: Readonly<Record<string, string>> = {
  monday: 'Monday',
  tuesday: 'Tuesday',
  wednesday: 'Wednesday',
  thursday: 'Thursday',
  friday: 'Friday',
  saturday: 'Saturday',
  sunday: 'Sunday',
}

/** `Every day at 02:30`. */
export function ruleWords(rule: SnapshotRule): string {
  switch (rule.repeat) {
    case 'minutes':
      return `Every ${rule.every} minutes`
    case 'hours':
      return rule.every === 1 ? 'Every hour' : `Every ${rule.every} hours`
    case 'daily':
      return `Every day at ${rule.at}`
    case 'weekly': {
      const days = rule.on.map((day) => DAY_WORDS[day] ?? day)
      return `Every ${sentenceList(days, days.length)} at ${rule.at}`
    }
    case 'cron':
      return `By cron: ${rule.line}`
  }
}

/** Minutes and hours are the same in all time zones. */
export function hasTimeZone({ repeat }: Pick<SnapshotRule, 'repeat'>): boolean {
  return repeat !== 'minutes' && repeat !== 'hours'
}

/** `The last 7, one of each of 4 weeks`. */
export function keepWords({ last, daily, weekly, monthly }: ScheduleView['keep']): string {
  const periods = [
    [daily, 'day'],
    [weekly, 'week'],
    [monthly, 'month'],
  ] as const
  const more = periods.flatMap(([count, noun]) => {
    if (count === 0) return []
    return count === 1 ? [`one of this ${noun}`] : [`one of each of ${count} ${noun}s`]
  })
  return [last === 1 ? 'The last one' : `The last ${last}`, ...more].join(', ')
}

const REASONS = {
  last: 'last',
  daily: 'of its day',
  weekly: 'of its week',
  monthly: 'of its month',
  clone: 'of a clone',
}

/** Why one that a schedule has taken is kept, where that is more than being one of the last. */
export function keptWords(reasons: readonly (keyof typeof REASONS)[]): string | null {
  if (reasons.includes('last') || reasons.length === 0) return null
  if (reasons.includes('clone') && reasons.length === 1) return 'kept because of its clone'
  return `kept as the one ${reasons
    .filter((reason) => reason !== 'clone')
    .map((reason) => REASONS[reason])
    .join(', ')}`
}
