import { z } from 'zod'
import { splitValues } from '@/lib/comma-list'
import { ExplanationView } from '@/lib/drivers/problems/schema'

/** `{ data, message? }`: the body of every successful answer about one thing. */
export function single<T extends z.ZodType>(data: T) {
  return z.object({ data, message: z.string().optional() })
}

/** A message with what else is to be said, each a sentence. */
export function withNotes(message: string, notes: readonly string[]): string {
  return notes.length === 0 ? message : `${message}. ${notes.join(' ')}`
}

/** `{ data, total, nextCursor? }`: the body of every list. */
export function list<T extends z.ZodType>(item: T) {
  return z.object({ data: z.array(item), total: z.int(), nextCursor: z.string().optional() })
}

/** RFC 9457, plus what helps: `recovery` says what to do next, `requestId` finds the log line. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  recovery: z.string(),
  requestId: z.string(),
  fields: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  steps: z.array(z.unknown()).optional(),
  /** Of a problem of the catalogue, its words and its parts. */
  explanation: ExplanationView.optional(),
  used_by: z.array(z.object({ kind: z.string(), id: z.string(), name: z.string() })).optional(),
})
export type Problem = z.infer<typeof Problem>

export const Timestamp = z.iso.datetime()

/** Query of every list. `cursor` is the `nextCursor` of the page before. */
export const PageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(5000).default(1000),
  cursor: z.string().max(128).optional(),
})

/** More values than that nobody chooses. */
const MOST_VALUES = 200

/** A filter of a list by any of several values, separated by commas: `status=error,offline`. */
export function anyOf<T extends z.ZodType>(value: T) {
  const values = z.array(value).min(1, 'Give a value, or leave the filter out.').max(MOST_VALUES)
  return z.preprocess((given) => (typeof given === 'string' ? splitValues(given) : given), values)
}

/** The id in a path. Anything that is no id finds nothing, so that the answer is 404 and not 400. */
export const IdParams = z.object({ id: z.string().max(128) })

/** A mount and one of its hosts. */
export const MountHostParams = IdParams.extend({ hostId: z.string().max(128) })

/** A pool and a volume in it. */
export const PoolVolumeParams = IdParams.extend({ volumeId: z.string().max(128) })

/** A volume and one of its snapshots. */
export const SnapshotParams = IdParams.extend({ snapshotId: z.string().max(128) })

/** A machine and a volume that it has. */
export const DiskParams = IdParams.extend({ volumeId: z.string().max(128) })

/** A workload, and a mount that it was given. */
export const AttachmentParams = IdParams.extend({ attachmentId: z.string().max(128) })

/** A pool and a file on its way into it. */
export const UploadParams = IdParams.extend({ uploadId: z.string().max(128) })

/** A repository and a lease of it. */
export const LeaseParams = IdParams.extend({ leaseId: z.string().max(128) })

/** What a DELETE answers. */
export const Deleted = z.object({ id: z.string() })

/** Of lists that are short by nature. */
export const NoQuery = z.strictObject({})
