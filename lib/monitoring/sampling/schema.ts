import { z } from 'zod'

/**
 * In minutes. Agents find out how full something is by asking its server: more often would be a load of its own. Less often than this it
 * would count as not known between two measurements, which it does after 20 minutes.
 */
export const SAMPLING = { standard: 5, least: 1, most: 15, mostBackends: 200 } as const

const Minutes = z
  .int('Write a whole number of minutes.')
  .min(SAMPLING.least, 'Measure once a minute at most.')
  .max(SAMPLING.most, `Measure every ${SAMPLING.most} minutes at least.`)

/** What is stored (table Setting). Null: as it is delivered. */
export const StoredSampling = z.object({ minutes: Minutes.nullable(), backends: z.record(z.string(), Minutes) })
export type StoredSampling = z.infer<typeof StoredSampling>

/** `PATCH /system/sampling`. What is left out stays; null takes a setting back. */
export const UpdateSampling = z.strictObject({
  minutes: Minutes.nullable().optional(),
  /** By id of the backend. */
  backends: z.record(z.string().max(64), Minutes.nullable()).optional(),
})
export type UpdateSampling = z.infer<typeof UpdateSampling>

export const SamplingView = z.object({
  /** How often storages are measured on each host that has them mounted. */
  minutes: z.int(),
  standard_minutes: z.int(),
  least_minutes: z.int(),
  most_minutes: z.int(),
  /** Those that are measured at another time, by name. */
  backends: z.array(z.object({ id: z.string(), name: z.string(), minutes: z.int() })),
})
export type SamplingView = z.infer<typeof SamplingView>
