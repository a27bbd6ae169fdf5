import { z } from 'zod'
import { anyOf, Timestamp } from '@/lib/http/envelope'
import { OperationStatus } from '@/lib/operations/schema'

export const AuditView = z.object({
  id: z.string(),
  sequence: z.int(),
  at: Timestamp,
  actor: z.object({ kind: z.string(), id: z.string().nullable(), name: z.string().nullable() }),
  action: z.string(),
  /** With the names of what it is about, such as "Grow disk1 to 20 GiB"; null: action and target say it. */
  summary: z.string().nullable(),
  target: z.object({ kind: z.string(), id: z.string().nullable(), name: z.string().nullable() }).nullable(),
  /** Was it accepted? What came of it on hosts is its outcome. */
  result: z.string(),
  /** State of the operation that the entry started; null: none, or its record has gone. */
  outcome: OperationStatus.nullable(),
  request_id: z.string().nullable(),
  change: z.unknown(),
  hash: z.string(),
})
export type AuditView = z.infer<typeof AuditView>

export const ListAudit = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, 'Use the nextCursor of the page before.')
    .optional(),
  target_id: z.string().max(64).optional(),
  actor: anyOf(z.string().max(100)).optional(),
  action: anyOf(z.string().max(64)).optional(),
  /** What was changed: `backend`, `mount`, `host`, …; `none` for entries about no single thing. */
  target_kind: anyOf(z.string().max(64)).optional(),
})

export const AuditVerdictView = z.object({
  intact: z.boolean(),
  checked: z.int(),
  broken_at: z.int().nullable(),
  reason: z.string().nullable(),
  head: z.object({ sequence: z.int(), hash: z.string() }).nullable(),
})

/** An entry noted down earlier, to prove that nothing was cut off since. Both or neither. */
export const VerifyAudit = z
  .strictObject({
    sequence: z.coerce.number().int().positive().optional(),
    hash: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'A hash is 64 hexadecimal digits.')
      .optional(),
  })
  .refine((query) => (query.sequence === undefined) === (query.hash === undefined), 'Give sequence and hash together.')
  .transform(({ sequence, hash }) => (sequence === undefined || hash === undefined ? undefined : { sequence, hash }))
