import { z } from 'zod'
import { Timestamp } from '@/lib/http/envelope'
import { RANGES } from '@/lib/monitoring/ranges'

const MetricsRange = z.enum(RANGES)

export const MetricsQuery = z.strictObject({
  /** A point for 5 minutes, an hour, 4 hours, a day. */
  range: MetricsRange.default('24h'),
  /** Where each host has its own content. Default: what all hosts share, else the fullest. */
  host_id: z.string().max(64).optional(),
})
export type MetricsQuery = z.infer<typeof MetricsQuery>

/** Null is unknown, never 0. */
const Bytes = z.number().nullable()

/** The last that was measured in a stretch of time. A stretch in which nothing was measured has none. */
export const CapacityPointView = z.object({
  /** Its beginning. */
  at: Timestamp,
  total_bytes: Bytes,
  used_bytes: z.number(),
  available_bytes: Bytes,
  /** Of a thin pool of LVM. */
  metadata_percent: z.number().nullable(),
  /** The least and the most over the stretch; of 5 minutes the same as `used_bytes`. */
  least_used_bytes: z.number(),
  most_used_bytes: z.number(),
  /** Of the file system that it lies on; null where it has no fixed number of them. */
  total_inodes: z.number().nullable(),
  used_inodes: z.number().nullable(),
  /** Of a pool: the sizes of its volumes together, and how often what there is would hold them. */
  provisioned_bytes: Bytes,
  overcommit: z.number().nullable(),
})
export type CapacityPointView = z.infer<typeof CapacityPointView>

/** From one level a day of the last 30 days. */
export const ForecastView = z.object({
  growth_bytes_per_day: z.number(),
  /** Null: it does not grow for certain, or not so that it would be full within five years. */
  full_at: Timestamp.nullable(),
  /** The date lies between these 9 times in 10, if it goes on as it went. */
  earliest_full_at: Timestamp.nullable(),
  latest_full_at: Timestamp.nullable(),
})
export type ForecastView = z.infer<typeof ForecastView>

export const CapacityHistoryView = z.object({
  range: MetricsRange,
  /** Length of the stretch of a point. */
  step_seconds: z.int(),
  /** Whose storage it is, where each host has its own; null: what all hosts share, or nothing was measured yet. */
  host: z.object({ id: z.string(), name: z.string() }).nullable(),
  /** All hosts that have a history of their own, by name. */
  hosts: z.array(z.object({ id: z.string(), name: z.string() })),
  /** Oldest first. */
  points: z.array(CapacityPointView),
  /** Null: there is too little history to know. */
  forecast: ForecastView.nullable(),
})
export type CapacityHistoryView = z.infer<typeof CapacityHistoryView>

/** `GET /storage/backends/{id}/metrics` */
export const BackendMetrics = z.object({ backend_id: z.string(), history: CapacityHistoryView })
export type BackendMetrics = z.infer<typeof BackendMetrics>

/** `GET /storage/mounts/{id}/metrics` */
export const MountMetrics = z.object({ mount_id: z.string(), history: CapacityHistoryView })
export type MountMetrics = z.infer<typeof MountMetrics>

/** Less than 0 takes away. No storage is larger than 2^53 bytes. */
const Change = z.coerce
  .number()
  .int('Give whole bytes.')
  .min(-(2 ** 53))
  .max(2 ** 53)
  .default(0)

export const WhatIfQuery = z.strictObject({
  host_id: MetricsQuery.shape.host_id,
  /** The storage is larger by so much. */
  more_size_bytes: Change,
  /** So much more is put in at once. */
  more_used_bytes: Change,
  /** So much more is put in each day, beside what it grows by already. */
  more_bytes_per_day: Change,
})
export type WhatIfQuery = z.infer<typeof WhatIfQuery>

/** `GET /storage/backends/{id}/forecast`, `/storage/pools/{id}/forecast` */
export const WhatIfView = z.object({
  /** Whose storage it is, where each host has its own: the fullest, or the one that was asked for. */
  host: z.object({ id: z.string(), name: z.string() }).nullable(),
  /** What can still be written then; less than 0: it would not fit. Null: it is not known. */
  available_bytes: Bytes,
  /** Null: there is too little history to know. */
  as_it_goes: ForecastView.nullable(),
  with_change: ForecastView.nullable(),
})
export type WhatIfView = z.infer<typeof WhatIfView>

/** `GET /monitoring/capacity` */
export const FleetQuery = MetricsQuery.omit({ host_id: true })
export type FleetQuery = z.infer<typeof FleetQuery>
export const FleetMetrics = z.object({ history: CapacityHistoryView })
export type FleetMetrics = z.infer<typeof FleetMetrics>

/** A trend has a figure for each of so many days. */
export const TREND_DAYS = 30

const NOUNS = ['backend', 'pool', 'mount'] as const

/** A storage in short: how it became as full as it is, and when it is full. Where each host has its own, the one that is full first. */
export const TrendView = z.object({
  noun: z.enum(NOUNS),
  id: z.string(),
  name: z.string(),
  /** Type of the storage. */
  type: z.string(),
  host: z.object({ id: z.string(), name: z.string() }).nullable(),
  total_bytes: Bytes,
  used_bytes: z.number(),
  available_bytes: Bytes,
  /** Over the last 30 days, or else over 7. Null: it was not measured long enough. */
  growth_bytes_per_day: Bytes,
  /** Null: it does not grow for certain, or is far from full. */
  full_at: Timestamp.nullable(),
  /** Of the last 30 days, the last of them today; null where nothing was measured. */
  used_percent: z.array(z.number().nullable()),
})
export type TrendView = z.infer<typeof TrendView>

/** `GET /monitoring/trends` */
export const TrendsQuery = z.strictObject({
  noun: z.enum(NOUNS).optional(),
  /** `host`: of each host that has storages for itself, the one of them that is full first. Default: one for each thing. */
  per: z.enum(['thing', 'host']).default('thing'),
})
export type TrendsQuery = z.infer<typeof TrendsQuery>

/** Where capacity is. */
export const PlaceView = z.object({
  /** A mount shows another storage than its backend on some host. */
  noun: z.enum(NOUNS),
  id: z.string(),
  name: z.string(),
  type: z.string(),
  /** Hosts that have it for themselves, summed up; 0: all hosts share it. */
  host_count: z.int(),
  total_bytes: Bytes,
  used_bytes: Bytes,
  available_bytes: Bytes,
})
export type PlaceView = z.infer<typeof PlaceView>

/** `GET /monitoring/overview`: what was measured since yesterday, each storage once. */
export const MonitoringOverview = z.object({
  /** Of storages that tell their size; null: none does. */
  total_bytes: Bytes,
  used_bytes: Bytes,
  available_bytes: Bytes,
  /** Of all together. */
  growth_bytes_per_day: Bytes,
  storage_count: z.int(),
  /** Backends of which nothing was measured since yesterday. */
  unmeasured_count: z.int(),
  /** By the date at which they are full. */
  fills_first: z.array(TrendView),
  /** By how much more is used each day. */
  grows_fastest: z.array(TrendView),
  /** The largest first. */
  places: z.array(PlaceView),
  /** What is left of them; null: nothing. */
  other_places: z.object({ count: z.int(), total_bytes: Bytes, used_bytes: Bytes, available_bytes: Bytes }).nullable(),
})
export type MonitoringOverview = z.infer<typeof MonitoringOverview>
