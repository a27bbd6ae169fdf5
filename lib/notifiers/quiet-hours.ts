import { z } from 'zod'
import { isTimeZone, localTime, nextRun } from '@/lib/snapshots/timing'

const TimeOfDay = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'Write a time of day such as "22:00".')

/** When nothing is sent: each day from one time to another, past midnight too. */
export const QuietHours = z
  .strictObject({
    from: TimeOfDay,
    to: TimeOfDay,
    time_zone: z.string().max(64).refine(isTimeZone, 'There is no such time zone; write one such as Europe/Berlin.'),
    /** What is critical is sent all the same. */
    critical_passes: z.boolean().default(true),
  })
  .refine(({ from, to }) => from !== to, { path: ['to'], message: 'The end must differ from the beginning.' })
export type QuietHours = z.infer<typeof QuietHours>

/** The end of the quiet hours that it is in; null: it is not. */
export function quietUntil({ from, to, time_zone: timeZone }: QuietHours, now: Date): Date | null {
  const { time } = localTime(now, timeZone)
  const isQuiet = from < to ? from <= time && time < to : time >= from || time < to
  return isQuiet ? nextRun({ rule: { repeat: 'daily', at: to }, timeZone, since: now }, now) : null
}
