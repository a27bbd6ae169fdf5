import type { Day } from '@/components/forms/week-fields'
import { ruleWords } from '@/components/snapshots/schedule-words'
import type { CreateMaintenance, MaintenanceTiming, MaintenanceView } from '@/lib/maintenance/schema'
import { namesInShort } from '@/lib/sentences'
import type { StatusWord } from '@/lib/tones'
import { formatDuration } from '@/lib/units'

const MINUTE_MS = 60_000

export const STATE_WORDS: Record<MaintenanceView['state'], StatusWord> = {
  active: { tone: 'working', word: 'Under way' },
  planned: { tone: 'unknown', word: 'Planned' },
  over: { tone: 'off', word: 'Over' },
}

/** `Every Sunday at 03:00 (Europe/Vienna), for 2 h`; once: for how long. */
export function timingWords(timing: MaintenanceTiming): string {
  if (timing.repeat === 'once') return `Once, for ${formatDuration(Date.parse(timing.until) - Date.parse(timing.from))}`
  const { on, at, minutes, time_zone: zone } = timing
  return `${ruleWords({ repeat: 'weekly', on, at })} (${zone}), for ${formatDuration(minutes * MINUTE_MS)}`
}

export function subjectWords({ subjects }: Pick<MaintenanceView, 'subjects'>): string {
  return subjects.length === 0 ? 'nothing that is still there' : namesInShort(subjects.map(({ name }) => name))
}

/** What stands in the form, as it was typed. */
export interface MaintenanceValues {
  reason: string
  subjects: MaintenanceView['subjects']
  repeat: MaintenanceTiming['repeat']
  /** As a field for date and time has it, by the clock of the browser. */
  from: string
  until: string
  on: Day[]
  at: string
  minutes: string
  timeZone: string
}

/** `2026-11-30T14:05`, by the clock of the browser. */
export function fieldTime(at: Date): string {
  const local = new Date(at.getTime() - at.getTimezoneOffset() * MINUTE_MS)
  return local.toISOString().slice(0, 16)
}

const FIRST_MINUTES = 120

export function firstValues(subjects: MaintenanceView['subjects'], now: Date, timeZone: string): MaintenanceValues {
  return {
    reason: '',
    subjects,
    repeat: 'once',
    from: fieldTime(now),
    until: fieldTime(new Date(now.getTime() + FIRST_MINUTES * MINUTE_MS)),
    on: ['sunday'],
    at: '03:00',
    minutes: String(FIRST_MINUTES),
    timeZone,
  }
}

export function valuesOf(
  { reason, subjects, timing }: MaintenanceView,
  now: Date,
  timeZone: string,
): MaintenanceValues {
  const first = { ...firstValues(subjects, now, timeZone), reason }
  if (timing.repeat === 'once')
    return { ...first, from: fieldTime(new Date(timing.from)), until: fieldTime(new Date(timing.until)) }
  const { on, at, minutes, time_zone } = timing
  return { ...first, repeat: 'weekly', on, at, minutes: String(minutes), timeZone: time_zone }
}

/** What is no time becomes null, which the API refuses at its field. */
function timeOf(typed: string): string | null {
  const at = new Date(typed)
  return Number.isNaN(at.getTime()) ? null : at.toISOString()
}

/** What goes over the wire; numbers and times that are none are for the API to refuse. */
export function bodyOf({ reason, subjects, ...values }: MaintenanceValues) {
  const { repeat, from, until, on, at, minutes, timeZone } = values
  const timing =
    repeat === 'once'
      ? { repeat, from: timeOf(from), until: timeOf(until) }
      : { repeat, on, at, minutes: Number(minutes), time_zone: timeZone }
  return {
    reason,
    subjects: subjects.map(({ kind, id }): CreateMaintenance['subjects'][number] => ({ kind, id })),
    timing,
  }
}
