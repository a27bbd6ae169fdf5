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
  /** Percent of the error budget of the objective that is left; below 0 when more was used. Null: nothing is known. */
  budget_left_percent: z.number().nullable(),
})

export const HostHealth = Counted.extend({
  host: z.object({ id: z.string(), name: z.string() }),
  /** `unknown` while the host is away or under maintenance, and while it is not known whether the storage answers. */
  state: z.enum(['well', 'failing', 'unknown']),
  since: Timestamp.nullable(),
  /** What fails, of `failing`. */
  message: z.string().nullable(),
  explanation: ExplanationView.nullable(),
  /** How long looks at the storage took lately, in milliseconds, on average and at most; null: it is not mounted, or not known. */
  latency_ms: z.object({ mean: z.number(), most: z.number() }).nullable(),
})
export type HostHealth = z.infer<typeof HostHealth>

/** Of all hosts together. */
export const BackendHealth = Counted.extend({
  /** The availability that is aimed at, in percent: the threshold of the alert rule `availability`. */
  objective_percent: z.number(),
  window_days: z.int(),
  /** The hosts that it is wanted on, or was in these days; those with the least availability first. */
  hosts: z.array(HostHealth),
})
export type BackendHealth = z.infer<typeof BackendHealth>
