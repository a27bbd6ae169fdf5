import { z } from 'zod'
import { BackendName } from '@/lib/backends/schema'
import { MAX_RCLONE_CONFIG_LENGTH } from '@/lib/drivers/mounting/rclone-config'
import { IMPORT_FORMATS, MAX_IMPORT_FILES } from '@/lib/imports/format'
import { MountName, MountPoint } from '@/lib/mounts/schema'

/** One backend per entry; a remote may be named several times with different buckets. */
export const ChosenRemote = z.strictObject({
  /** Its name as the preview says it: that of a section, a volume, a pool, with its file where two texts have the same. */
  name: z.string().min(1).max(200),
  bucket: z.string().trim().max(63).optional(),
  /** Without it, the remote's name; with several buckets, the remote's name and the bucket's. */
  backend_name: BackendName.optional(),
  /** Settings that the text does not tell, such as a password (`needs`), or that are to be others. */
  config: z.record(z.string().max(64), z.unknown()).optional(),
  mount_name: MountName.optional(),
  mount_point: MountPoint.optional(),
})
export type ChosenRemote = z.infer<typeof ChosenRemote>

const Bucket = z.string().trim().min(1).max(63)

const IMPORT = {
  /** The text: a whole rclone.conf, storage.cfg, … */
  content: z.string().max(MAX_RCLONE_CONFIG_LENGTH).optional(),
  /** The same, by the name that older clients use. */
  config: z.string().max(MAX_RCLONE_CONFIG_LENGTH).optional(),
  /** Say what would happen and change nothing. */
  dry_run: z.boolean().default(false),
  /** Which ones, with what the text does not say. Without it, all that can be taken as they are. */
  remotes: z.array(ChosenRemote).max(2000).optional(),
  /** Buckets by the name of the remote, in addition to those that the text names. */
  buckets: z.record(z.string().max(200), z.union([Bucket, z.array(Bucket).max(200)])).optional(),
  /** Make a mount for each backend that is made: `false` makes backends only. */
  mounts: z.boolean().default(true),
  /** Mount at once. Without it the mounts are only written down, so that they can be tested first. */
  do_mount: z.boolean().default(false),
  /** Hosts of the mounts; without any, the host of the console. */
  host_ids: z.array(z.string().max(64)).min(1, 'Choose at least one host.').max(5000).optional(),
  /** Every host there is and will be. */
  global: z.boolean().optional(),
}

/** One text of several. */
export const ImportFile = z.strictObject({
  /** As errors and the plan call it, such as `storage.cfg`; without one, `text 1`. */
  name: z.string().trim().max(200).default(''),
  content: z
    .string()
    .max(MAX_RCLONE_CONFIG_LENGTH)
    .refine((text) => text.trim() !== '', 'This text is empty.'),
  format: z.enum(['auto', ...IMPORT_FORMATS]).default('auto'),
})

function checkText(
  body: { content?: string | undefined; config?: string | undefined },
  context: z.RefinementCtx,
): void {
  const texts = [body.content, body.config].filter((text) => text !== undefined)
  if (texts.length === 1 && texts[0]?.trim() !== '') return
  const message = texts.length === 2 ? 'Send "content" or "config", not both.' : 'Paste the text of an rclone.conf.'
  context.addIssue({ code: 'custom', path: ['content'], message })
}

export const ImportRclone = z.strictObject(IMPORT).superRefine(checkText)
export type ImportRclone = z.infer<typeof ImportRclone>

export const ImportStorage = z
  .strictObject({
    ...IMPORT,
    /** What `content` is: of rclone, WolfStack (storage.json), Proxmox VE (storage.cfg, pct or qm config), Docker (volume inspect, Compose), libvirt (pool-dumpxml, dumpxml). */
    format: z.enum(['auto', ...IMPORT_FORMATS]).default('auto'),
    /** Several texts as one plan, instead of `content`: together at most 1,000,000 characters. */
    files: z.array(ImportFile).min(1).max(MAX_IMPORT_FILES).optional(),
  })
  .superRefine((body, context) => {
    const { files, content, config, format } = body
    if (files === undefined) return checkText(body, context)
    const refuse = (message: string) => context.addIssue({ code: 'custom', path: ['files'], message })
    if (content !== undefined || config !== undefined) refuse('Send "files" or "content", not both.')
    if (format !== 'auto') refuse('Each of "files" has a "format" of its own; leave that beside them out.')
    if (files.reduce((length, file) => length + file.content.length, 0) > MAX_RCLONE_CONFIG_LENGTH)
      refuse('The texts have more than 1,000,000 characters together. Import them in parts.')
  })
export type ImportStorage = z.infer<typeof ImportStorage>

export const ImportAction = z.enum(['create', 'skip', 'refuse'])
export type ImportAction = z.infer<typeof ImportAction>

export const LineProblemView = z.object({
  /** 1 is the first line. */
  line: z.int(),
  message: z.string(),
  key: z.string().optional(),
})

/** Of no storage in particular. */
export const FileProblemView = LineProblemView.extend({
  /** Null where there is one text only. */
  file: z.string().nullable(),
})

export const PlannedMount = z.object({
  name: z.string(),
  mount_point: z.string(),
  action: ImportAction,
  reason: z.string().nullable(),
  /** Of the mount that was made. */
  mount_id: z.string().nullable(),
})
export type PlannedMount = z.infer<typeof PlannedMount>

export const PlannedBackend = z.object({
  /** Empty where the type has none. */
  bucket: z.string(),
  name: z.string(),
  action: ImportAction,
  reason: z.string().nullable(),
  /** Of the backend that was made, or that is there already. */
  backend_id: z.string().nullable(),
  /** Null where none was asked for, or the type is not mounted. */
  mount: PlannedMount.nullable(),
})
export type PlannedBackend = z.infer<typeof PlannedBackend>

export const ImportedRemote = z.object({
  /** Null where the text has no lines, such as JSON. */
  line: z.int().nullable(),
  /** The text that it stands in; null where there is one only. */
  file: z.string().nullable(),
  name: z.string(),
  /** As the source calls it. */
  type: z.string().nullable(),
  /** The storage type that it becomes. */
  driver: z.string().nullable(),
  action: ImportAction,
  reason: z.string().nullable(),
  problems: z.array(LineProblemView),
  /** Settings of the backend that were read, such as `endpoint`; null where the text does not say them. Never a secret. */
  remote: z.record(z.string(), z.union([z.string(), z.boolean(), z.number()]).nullable()).nullable(),
  /** What it is in one line, such as `nas:/export`; null while that is not known. */
  source: z.string().nullable(),
  /** Settings that must be entered, since the text does not tell them: `bucket`, `password`, … */
  needs: z.array(z.string()),
  /** Buckets that others in the same text name, such as aliases. */
  suggested_buckets: z.array(z.string()),
  /** Backends that use the same server with the same key already. */
  existing: z.array(z.object({ id: z.string(), name: z.string(), bucket: z.string() })),
  /** What in the same texts lies on it, such as `Machine erp (scsi0)`. */
  used_by: z.array(z.string()),
  backends: z.array(PlannedBackend),
})
export type ImportedRemote = z.infer<typeof ImportedRemote>

export const ImportResult = z.object({
  /** What the text was read as, or the first of them. */
  format: z.enum(IMPORT_FORMATS),
  /** Each text: what it was read as, and whether nothing of it could be read, which is among `problems` then. */
  files: z.array(z.object({ name: z.string(), format: z.enum(IMPORT_FORMATS), is_refused: z.boolean() })),
  dry_run: z.boolean(),
  /** Backends that were made, or would be. */
  created: z.int(),
  skipped: z.int(),
  refused: z.int(),
  /** Mounts that were made, or would be. */
  mounts_created: z.int(),
  remotes: z.array(ImportedRemote),
  /** Lines that belong to no remote, and texts that could not be read. */
  problems: z.array(FileProblemView),
})
export type ImportResult = z.infer<typeof ImportResult>
