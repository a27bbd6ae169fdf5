import { z } from 'zod'
import { ExplanationView } from '@/lib/drivers/problems/schema'
import { Timestamp } from '@/lib/http/envelope'

/** Over the last 30 days, as far as it is known. */
const Counted = z.object({
  /** Percent of the time that is known; null: none is. */
  availability_percent: z.number().nullable(),
  well_seconds: z.number(),
  failing_seconds: z.number(),
  /** How often it stopped working. */
  outages: z.int(),
})

const AgainstObjective = Counted.extend({
  /** Percent of the error budget of the objective that is left; below 0 when more was used. Null: nothing is known. */
  budget_left_percent: z.number().nullable(),
})

/** A storage on a host. */
const Health = AgainstObjective.extend({
  /** `unknown` while the host is away or under maintenance, and while it is not known whether the storage answers. */
  state: z.enum(['well', 'failing', 'unknown']),
  since: Timestamp.nullable(),
  /** What fails, of `failing`. */
  message: z.string().nullable(),
  explanation: ExplanationView.nullable(),
  /** How long looks at the storage took lately, in milliseconds, on average and at most; null: it is not mounted, or not known. */
  latency_ms: z.object({ mean: z.number(), most: z.number() }).nullable(),
})
export type Health = z.infer<typeof Health>

export const HostHealth = Health.extend({ host: z.object({ id: z.string(), name: z.string() }) })
export type HostHealth = z.infer<typeof HostHealth>

/** Of all hosts together. */
export const BackendHealth = AgainstObjective.extend({
  /** The availability that is aimed at, in percent: the threshold of the alert rule `availability`. */
  objective_percent: z.number(),
  window_days: z.int(),
  /** The hosts that it is wanted on, or was in these days; those with the least availability first. */
  hosts: z.array(HostHealth),
})
export type BackendHealth = z.infer<typeof BackendHealth>

export const StorageHealth = Health.extend({
  backend: z.object({ id: z.string(), name: z.string() }),
  /** Of the backend, on all of its hosts. */
  objective_percent: z.number(),
})
export type StorageHealth = z.infer<typeof StorageHealth>

/** Of all storages of a host together. */
export const HostAvailability = Counted.extend({
  window_days: z.int(),
  /** The backends that are wanted there, or were in these days; those with the least availability first. */
  backends: z.array(StorageHealth),
})
export type HostAvailability = z.infer<typeof HostAvailability>
