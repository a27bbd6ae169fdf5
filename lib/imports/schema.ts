import { z } from 'zod'
import { BackendName } from '@/lib/backends/schema'
import { MAX_RCLONE_CONFIG_LENGTH } from '@/lib/drivers/mounting/rclone-config'

/** One backend per entry; a remote may be named several times with different buckets. */
export const ChosenRemote = z.strictObject({
  /** The section's name in the file. */
  name: z.string().min(1).max(200),
  bucket: z.string().trim().max(63).optional(),
  /** Without it, the remote's name; with several buckets, the remote's name and the bucket's. */
  backend_name: BackendName.optional(),
})
export type ChosenRemote = z.infer<typeof ChosenRemote>

export const ImportRclone = z
  .strictObject({
    /** The text of an rclone.conf. */
    content: z.string().max(MAX_RCLONE_CONFIG_LENGTH).optional(),
    /** The same, by the name that older clients use. */
    config: z.string().max(MAX_RCLONE_CONFIG_LENGTH).optional(),
    /** Say what would happen and change nothing. */
    dry_run: z.boolean().default(false),
    /** Which remotes, with their buckets. Without it, every S3 remote whose bucket an alias in the text names. */
    remotes: z.array(ChosenRemote).max(2000).optional(),
  })
  .superRefine((body, context) => {
    const texts = [body.content, body.config].filter((text) => text !== undefined)
    if (texts.length === 1 && texts[0]?.trim() !== '') return
    const message = texts.length === 2 ? 'Send "content" or "config", not both.' : 'Paste the text of an rclone.conf.'
    context.addIssue({ code: 'custom', path: ['content'], message })
  })
export type ImportRclone = z.infer<typeof ImportRclone>

export const ImportAction = z.enum(['create', 'skip', 'refuse'])
export type ImportAction = z.infer<typeof ImportAction>

export const LineProblemView = z.object({
  /** 1 is the first line. */
  line: z.int(),
  message: z.string(),
  key: z.string().optional(),
})

export const PlannedBackend = z.object({
  bucket: z.string(),
  name: z.string(),
  action: ImportAction,
  reason: z.string().nullable(),
  /** Of the backend that was made, or that is there already. */
  backend_id: z.string().nullable(),
})
export type PlannedBackend = z.infer<typeof PlannedBackend>

export const ImportedRemote = z.object({
  line: z.int(),
  name: z.string(),
  type: z.string().nullable(),
  action: ImportAction,
  reason: z.string().nullable(),
  problems: z.array(LineProblemView),
  /** Settings of the backend that were read of the remote, such as `endpoint`; null where it does not say them. Never its secret. */
  remote: z.record(z.string(), z.union([z.string(), z.boolean()]).nullable()).nullable(),
  /** Buckets that aliases in the same text name. */
  suggested_buckets: z.array(z.string()),
  /** Backends that use the same server with the same key already. */
  existing: z.array(z.object({ id: z.string(), name: z.string(), bucket: z.string() })),
  backends: z.array(PlannedBackend),
})
export type ImportedRemote = z.infer<typeof ImportedRemote>

export const ImportResult = z.object({
  dry_run: z.boolean(),
  /** Backends that were made, or would be. */
  created: z.int(),
  skipped: z.int(),
  refused: z.int(),
  remotes: z.array(ImportedRemote),
  /** Lines that belong to no remote. */
  problems: z.array(LineProblemView),
})
export type ImportResult = z.infer<typeof ImportResult>
