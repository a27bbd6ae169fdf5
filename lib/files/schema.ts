import { z } from 'zod'
import { DirectoryPath, FilePath } from '@/lib/agent-protocol/files'
import { Timestamp } from '@/lib/http/envelope'

const HOST = {
  /** Where each host has its own content, and there is more than one. */
  host_id: z.string().max(64).optional(),
}

export const ListPoolFiles = z.strictObject({
  /** A directory below the pool; without it, the pool itself. */
  path: DirectoryPath.default(''),
  ...HOST,
  limit: z.coerce.number().int().min(1).max(500).default(200),
  /** The `nextCursor` of the page before. */
  cursor: z.string().max(4096).optional(),
})
export type ListPoolFiles = z.infer<typeof ListPoolFiles>

export const DownloadFile = z.strictObject({ path: FilePath, ...HOST })
export type DownloadFile = z.infer<typeof DownloadFile>

/** Whose a file is. `layer`: what snapshots and clones of a volume need. `pool`: the marks of Holdfast. */
export const FileUser = z.object({
  kind: z.enum(['volume', 'snapshot', 'layer', 'trash', 'pool']),
  /** Of the volume or the snapshot; null: it is not in this installation. */
  id: z.string().nullable(),
  name: z.string().nullable(),
})
export type FileUser = z.infer<typeof FileUser>

export const FileView = z.object({
  name: z.string(),
  /** Below the pool. */
  path: z.string(),
  /** A link is `other`: none is followed. */
  kind: z.enum(['file', 'directory', 'other']),
  bytes: z.number().nullable(),
  modified_at: Timestamp,
  /** As its first bytes or its name tell. */
  format: z.string().nullable(),
  /** How large a machine would see it; null: it is no image, or nobody can say without opening it. */
  virtual_bytes: z.number().nullable(),
  /** Null: Holdfast did not make it. */
  used_by: FileUser.nullable(),
  /** Does it lie among the templates of the pool? */
  is_template: z.boolean(),
  /** Why it cannot be downloaded now; null: it can. */
  refuses_download: z.string().nullable(),
})
export type FileView = z.infer<typeof FileView>

/** A file on its way into a pool, by the tus protocol. */
export const UploadView = z.object({
  id: z.string(),
  pool_id: z.string(),
  /** The host that takes it. */
  host_id: z.string(),
  host_name: z.string(),
  /** Below the pool. */
  path: z.string(),
  bytes: z.number(),
  /** Bytes that are there. */
  offset: z.number(),
  /** `done`: the file is in its place. `failed`: nothing is left of it, for the reason in `error`. */
  status: z.enum(['open', 'done', 'failed']),
  /** In hex, of one that is done. */
  sha256: z.string().nullable(),
  error: z.string().nullable(),
  created_by: z.string(),
  created_at: Timestamp,
  /** It is dropped when nothing has come until then. */
  expires_at: Timestamp.nullable(),
})
export type UploadView = z.infer<typeof UploadView>
