import { z } from 'zod'
import { certificateProblem, checked } from '@/lib/drivers/grammar'
import { Timestamp } from '@/lib/http/envelope'
import { webAddressProblem } from '@/lib/notifiers/contract/fields'

/** The one row, and for whom its secret is sealed. */
export const HEARTBEAT_ID = 'heartbeat'
/** It goes where the address says, which is the secret itself. */
export const HEARTBEAT_DESTINATION = { type: 'heartbeat' } as const

export const EVERY_MINUTES = { standard: 1, most: 60 } as const

/** Replaces all that is set, apart from the address. */
export const SetHeartbeat = z.strictObject({
  /** A secret: who knows it can say that all is well. Left out: the one that is stored stays. */
  url: checked(webAddressProblem).optional(),
  ca_certificate: checked(certificateProblem)
    .overwrite((value) => `${value.trim()}\n`)
    .nullable()
    .default(null),
  every_minutes: z
    .int('Write a whole number of minutes.')
    .min(1, 'At least 1 minute.')
    .max(EVERY_MINUTES.most, `At most ${EVERY_MINUTES.most} minutes.`)
    .default(EVERY_MINUTES.standard),
  enabled: z.boolean().default(true),
})
export type SetHeartbeat = z.output<typeof SetHeartbeat>

export const HeartbeatView = z.object({
  enabled: z.boolean(),
  /** The host that is pinged. */
  target: z.string(),
  /** By which people tell two addresses apart. */
  fingerprint: z.string(),
  ca_certificate: z.string().nullable(),
  every_minutes: z.int(),
  /** When a ping was taken last. */
  taken_at: Timestamp.nullable(),
  /** Since when none is taken any more; null: it is well, or was never tried. */
  failed_since: Timestamp.nullable(),
  /** What was answered to the last one, or why it failed. */
  answer: z.string().nullable(),
  /** Since when none is sent because Holdfast itself is not well, and what is wrong. */
  withheld_since: Timestamp.nullable(),
  withheld: z.string().nullable(),
  /** Null: it is switched off. */
  next_at: Timestamp.nullable(),
  updated_at: Timestamp,
})
export type HeartbeatView = z.infer<typeof HeartbeatView>
