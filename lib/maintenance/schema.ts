import { z } from 'zod'
import { anyOf, Timestamp } from '@/lib/http/envelope'
import { MAINTAINED } from '@/lib/maintenance/maintained'
import { DAYS } from '@/lib/snapshots/days'
import { TimeOfDay, TimeZone } from '@/lib/snapshots/schema'

const MINUTES_A_DAY = 1440

/** Once, or each week on some days, from a time of day of that zone for so many minutes. */
export const MaintenanceTiming = z.discriminatedUnion('repeat', [
  z.strictObject({ repeat: z.literal('once'), from: Timestamp, until: Timestamp }),
  z.strictObject({
    repeat: z.literal('weekly'),
    on: z.array(z.enum(DAYS)).min(1, 'Choose a day.').max(7),
    at: TimeOfDay,
    minutes: z.int().min(5, 'At least 5 minutes.').max(MINUTES_A_DAY, 'At most a day, which is 1440 minutes.'),
    time_zone: TimeZone.default('UTC'),
  }),
])
export type MaintenanceTiming = z.infer<typeof MaintenanceTiming>

export const Maintained = z.enum(MAINTAINED)
export type Maintained = z.infer<typeof Maintained>

export const MaintenanceSubject = z.strictObject({ kind: Maintained, id: z.string().max(64) })
export type MaintenanceSubject = z.infer<typeof MaintenanceSubject>

const Reason = z
  .string()
  .trim()
  .min(1, 'Say why, for those who wonder.')
  .max(200, 'The reason must have at most 200 characters.')
  .regex(/^[^\p{C}]*$/u, 'The reason must not contain control characters.')

const Subjects = z
  .array(MaintenanceSubject)
  .min(1, 'Choose a host, backend or pool.')
  .max(500, 'At most 500 in one window.')

export const CreateMaintenance = z.strictObject({ reason: Reason, subjects: Subjects, timing: MaintenanceTiming })
export type CreateMaintenance = z.infer<typeof CreateMaintenance>

/** What is left out stays. */
export const ChangeMaintenance = CreateMaintenance.partial()
export type ChangeMaintenance = z.infer<typeof ChangeMaintenance>

/** `active`: it goes on now. `planned`: it comes. `over`: it was, and does not come back. */
export const MAINTENANCE_STATES = ['active', 'planned', 'over'] as const
export const MaintenanceState = z.enum(MAINTENANCE_STATES)

export const MaintenanceView = z.object({
  id: z.string(),
  reason: z.string(),
  /** What has been deleted since is left out. */
  subjects: z.array(z.object({ kind: Maintained, id: z.string(), name: z.string() })),
  timing: MaintenanceTiming,
  state: MaintenanceState,
  /** When the one that goes on now is over. */
  active_until: Timestamp.nullable(),
  /** When it begins the next time; null: never. */
  next_at: Timestamp.nullable(),
  by: z.string(),
  created_at: Timestamp,
  updated_at: Timestamp,
})
export type MaintenanceView = z.infer<typeof MaintenanceView>

export const ListMaintenance = z.strictObject({
  state: anyOf(MaintenanceState).optional(),
  /** Windows of this host, backend or pool. */
  subject_id: anyOf(z.string().max(64)).optional(),
})
export type ListMaintenance = z.infer<typeof ListMaintenance>

/** The window that something lies in now. */
export const MaintenanceNow = z.object({ id: z.string(), reason: z.string(), by: z.string(), until: Timestamp })
export type MaintenanceNow = z.infer<typeof MaintenanceNow>
