import { z } from 'zod'
import { Timestamp } from '@/lib/http/envelope'
import { ProcessFigures } from '@/lib/process-figures'

/** What each controller writes of itself every few seconds, for the web process (table Setting, a row per controller). */
export const Pulse = z.object({
  at: Timestamp,
  /** Milliseconds until the next one. */
  every_ms: z.int(),
  is_leader: z.boolean(),
  /** Name of the machine that it runs on; absent: of an older controller. */
  machine: z.string().optional(),
  /** What it has brought to an end since it was started; absent: of an older controller. */
  ended: z.array(z.object({ kind: z.string(), outcome: z.string(), count: z.int() })).optional(),
  process: ProcessFigures,
  /** The last round over all hosts; null: none has ended yet. */
  sweep: z
    .object({ at: Timestamp, asked: z.int(), answered: z.int(), duration_ms: z.int(), every_ms: z.int() })
    .nullable(),
  /** Until when the certificates hold that it has itself. */
  certificates: z.object({ authority: Timestamp, controller: Timestamp, fleet_port: Timestamp }),
  /** Ids of the keys that open secrets. */
  sealing_keys: z.array(z.string()),
  /** Where it takes tickets of web processes; absent: of a controller that knows no relay. */
  relay: z.url().optional(),
})
export type Pulse = z.infer<typeof Pulse>

export const PULSE_PREFIX = 'controller_pulse/'

export const HealthState = z.enum(['ok', 'attention', 'failing', 'unknown'])
export type HealthState = z.infer<typeof HealthState>

export const HealthFact = z.object({
  name: z.string(),
  value: z.union([z.string(), z.number()]).nullable(),
  unit: z.enum(['text', 'count', 'bytes', 'ms', 'time']),
})
export type HealthFact = z.infer<typeof HealthFact>

export const CHECK_IDS = ['controller', 'web', 'database', 'operations', 'hosts', 'certificates', 'secrets'] as const

export const HealthCheck = z.object({
  id: z.enum(CHECK_IDS),
  title: z.string(),
  state: HealthState,
  /** One sentence. */
  summary: z.string(),
  /** What to do; null when there is nothing to do. */
  advice: z.string().nullable(),
  facts: z.array(HealthFact),
})
export type HealthCheck = z.infer<typeof HealthCheck>

export const HealthView = z.object({
  /** The worst of the checks. */
  state: HealthState,
  at: Timestamp,
  checks: z.array(HealthCheck),
})
export type HealthView = z.infer<typeof HealthView>
