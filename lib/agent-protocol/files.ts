import { z } from 'zod'
import { WireId } from '@/lib/agent-protocol/messages'

/** No file system takes a longer name. Bytes. */
const MOST_NAME_BYTES = 255

/** Names with "/" between them, of something below a pool: nothing that climbs, nothing that is empty. "": the pool itself. */
export function isPlainPath(path: string): boolean {
  return path === '' || path.split('/').every(isPlainName)
}

function isPlainName(name: string): boolean {
  const isNamed = name !== '' && name !== '.' && name !== '..'
  return isNamed && !name.includes('\0') && new TextEncoder().encode(name).length <= MOST_NAME_BYTES
}

/** Of a directory below a pool. */
export const DirectoryPath = z
  .string()
  .max(4096)
  .refine(isPlainPath, 'Must be names with "/" between them, without "." and "..".')

export const FilePath = DirectoryPath.refine((path) => path !== '', 'Must name a file.')

export const FileEntry = z.object({
  name: z.string(),
  /** A link is `other`: none is followed. */
  kind: z.enum(['file', 'directory', 'other']),
  /** Of a file. */
  bytes: z.number().nullable(),
  modifiedAt: z.iso.datetime(),
  /** As its first bytes or its name tell; null: not known. */
  format: z.string().nullable(),
  /** Bytes that a machine would see; null: it is no image, or nobody can say without opening it. */
  virtualBytes: z.number().nullable(),
  /** What a qcow2 image is based on, as it names that. */
  backing: z.string().nullable(),
})
export type FileEntry = z.infer<typeof FileEntry>

export const FileList = z.object({
  /** By name. */
  entries: z.array(FileEntry),
  /** All that are in the directory. */
  total: z.int(),
  /** Where the next page begins; null: this was the last one. */
  next: z.string().nullable(),
})
export type FileList = z.infer<typeof FileList>

export const ListFiles = z.strictObject({
  poolId: WireId('pool'),
  path: DirectoryPath,
  from: z.string().max(4096).nullable(),
  limit: z.int().min(1).max(500),
})

export const ReadFile = z.strictObject({
  poolId: WireId('pool'),
  path: FilePath,
  offset: z.int().nonnegative(),
  /** Bytes; null: to the end. */
  length: z.int().nonnegative().nullable(),
})

const UploadRef = { poolId: WireId('pool'), uploadId: WireId('upload') }

/** A file on its way into a pool. */
export const UploadState = z.object({
  /** Bytes that are there. */
  offset: z.int().nonnegative(),
  /** `finishing`: all is there, and is read once more. `done`: the file is in its place. */
  state: z.enum(['open', 'finishing', 'done']),
  /** In hex, of one that is done. */
  sha256: z.string().nullable(),
})
export type UploadState = z.infer<typeof UploadState>

export const BeginUpload = z.strictObject({ ...UploadRef, path: FilePath, bytes: z.int().nonnegative() })
export const NamedUpload = z.strictObject(UploadRef)

export const FinishUpload = z.strictObject({
  ...UploadRef,
  /** That it must have, in hex; null: nobody has said. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'Must be 64 hex digits.')
    .nullable(),
})

export const WriteUpload = z.strictObject({
  ...UploadRef,
  /** Bytes that are there already. */
  offset: z.int().nonnegative(),
  /** Bytes that will come; null: nobody has said. */
  length: z.int().nonnegative().nullable(),
  /** Of all that will come, its digest in base64: without it, nothing of that stays. */
  checksum: z.strictObject({ algorithm: z.enum(['sha1', 'sha256', 'md5']), digest: z.string().max(64) }).nullable(),
})
export type WriteUpload = z.infer<typeof WriteUpload>

/** Carries the request of a verb whose body is bytes: its JSON in base64url. */
export const REQUEST_HEADER = 'holdfast-request'

/** Size of the whole file, in the head of an answer that carries bytes. */
export const SIZE_HEADER = 'holdfast-size'
/** When it was written last, in milliseconds since 1970. */
export const MODIFIED_HEADER = 'holdfast-modified'

/**
 * Verbs whose answer, or whose request, is bytes: they are handed on as they come, with back-pressure, and are never in memory as a
 * whole. Failures before the first byte are answered as those of the other verbs; one after it cuts the connection.
 */
export const BYTE_VERBS = {
  /** A part of a file of a pool that is open on the host. The answer has its length, and the size of the file in `SIZE_HEADER`. */
  readFile: { method: 'POST', path: '/v1/files/read', request: ReadFile },
  /** Bytes behind those that are there of an upload. Its answer is an `UploadState`. */
  writeUpload: { method: 'PUT', path: '/v1/uploads/write', request: WriteUpload },
} as const satisfies Record<string, { method: 'POST' | 'PUT'; path: `/v1/${string}`; request: z.ZodType }>

export type ByteVerbName = keyof typeof BYTE_VERBS
