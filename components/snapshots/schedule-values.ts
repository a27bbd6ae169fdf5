import type { ScheduleView, SnapshotRule } from '@/lib/snapshots/schema'

export type Repeat = SnapshotRule['repeat']

/** What stands in the form; figures as they are typed. */
export interface ScheduleValues {
  repeat: Repeat
  every: string
  at: string
  on: readonly string[]
  line: string
  timeZone: string
  last: string
  daily: string
  weekly: string
  monthly: string
  prefix: string
  isOn: boolean
}

/** The night of wherever the person is. */
export function firstValues(timeZone: string): ScheduleValues {
  return {
    repeat: 'daily',
    every: '6',
    at: '02:30',
    on: ['sunday'],
    line: '30 2 * * 1-5',
    timeZone,
    last: '7',
    daily: '0',
    weekly: '0',
    monthly: '0',
    prefix: 'auto',
    isOn: true,
  }
}

export function valuesOf({ rule, time_zone, keep, prefix, enabled }: ScheduleView): ScheduleValues {
  return {
    ...firstValues(time_zone),
    repeat: rule.repeat,
    ...('every' in rule ? { every: String(rule.every) } : {}),
    ...('at' in rule ? { at: rule.at } : {}),
    ...('on' in rule ? { on: rule.on } : {}),
    ...('line' in rule ? { line: rule.line } : {}),
    last: String(keep.last),
    daily: String(keep.daily),
    weekly: String(keep.weekly),
    monthly: String(keep.monthly),
    prefix,
    isOn: enabled,
  }
}

/** Text that is no figure goes as it is, so that the API says what is wrong with it. */
function figure(text: string): number | string {
  return /^\d+$/.test(text.trim()) ? Number(text) : text
}

export function ruleBody({ repeat, every, at, on, line }: ScheduleValues) {
  switch (repeat) {
    case 'minutes':
    case 'hours':
      return { repeat, every: figure(every) }
    case 'daily':
      return { repeat, at }
    case 'weekly':
      return { repeat, on, at }
    case 'cron':
      return { repeat, line }
  }
}

export function scheduleBody(values: ScheduleValues) {
  const { timeZone, last, daily, weekly, monthly, prefix, isOn } = values
  return {
    rule: ruleBody(values),
    time_zone: timeZone,
    keep: { last: figure(last), daily: figure(daily), weekly: figure(weekly), monthly: figure(monthly) },
    prefix,
    enabled: isOn,
  }
}
