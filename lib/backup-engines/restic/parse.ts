import { z } from 'zod'
import type {
  BackupSummary,
  RestoreSummary,
  RetentionPreview,
  SeenLock,
  SeenNode,
  SeenSnapshot,
  SnapshotChange,
  SnapshotDifference,
  Stats,
} from '@/lib/backup-engines/contract/values'
import { unreadableOutput } from '@/lib/drivers/problems/problem'

const Strings = z
  .array(z.string())
  .nullish()
  .transform((all) => all ?? [])

const Snapshot = z
  .object({
    id: z.string(),
    time: z.string(),
    hostname: z.string().default(''),
    paths: Strings,
    tags: Strings,
    parent: z.string().optional(),
    summary: z
      .object({
        total_files_processed: z.number(),
        total_bytes_processed: z.number(),
        data_added: z.number(),
        data_added_packed: z.number().optional(),
      })
      .optional(),
  })
  .transform(
    ({ id, time, hostname, paths, tags, parent, summary }): SeenSnapshot => ({
      snapshotId: id,
      at: new Date(time).toISOString(),
      hostName: hostname,
      paths,
      tags,
      parentId: parent ?? null,
      summary:
        summary === undefined
          ? null
          : {
              files: summary.total_files_processed,
              bytes: summary.total_bytes_processed,
              addedBytes: summary.data_added,
              storedBytes: summary.data_added_packed ?? null,
            },
    }),
  )

const Snapshots = z
  .array(Snapshot)
  .nullable()
  .transform((all) => all ?? [])

const KINDS: Readonly<Record<string, SeenNode['kind']>> = { file: 'file', dir: 'directory', symlink: 'link' }
/** Of the mode as Go counts it, the bits that are as everywhere. */
const PERMISSIONS = 0o777

const Node = z
  .object({
    name: z.string(),
    type: z.string(),
    path: z.string(),
    uid: z.number().default(0),
    gid: z.number().default(0),
    size: z.number().optional(),
    mode: z.number().default(0),
    mtime: z.string().optional(),
  })
  .transform(({ name, type, path, uid, gid, size, mode, mtime }): SeenNode => {
    const kind = KINDS[type] ?? 'other'
    return {
      path,
      name,
      kind,
      // An empty file has none.
      bytes: kind === 'file' ? (size ?? 0) : null,
      modifiedAt: mtime ?? null,
      mode: mode & PERMISSIONS,
      uid,
      gid,
    }
  })

const Found = z.array(
  z
    .object({
      snapshot: z.string(),
      matches: z.array(
        z
          .looseObject({ path: z.string() })
          .transform((match) => ({ name: match.path.slice(match.path.lastIndexOf('/') + 1), ...match }))
          .pipe(Node),
      ),
    })
    .transform(({ snapshot, matches }) => ({ snapshotId: snapshot, nodes: matches })),
)

const Preview = z
  .array(
    z.object({
      host: z.string().default(''),
      paths: Strings,
      keep: Snapshots,
      remove: Snapshots,
      reasons: z
        .array(z.object({ snapshot: z.object({ id: z.string().optional(), time: z.string() }), matches: Strings }))
        .nullish(),
    }),
  )
  .nullable()
  .transform((groups) => groups ?? [])

const Lock = z.object({ time: z.string(), exclusive: z.boolean(), hostname: z.string(), pid: z.number() })

const Summary = z.object({
  message_type: z.literal('summary'),
  snapshot_id: z.string(),
  files_new: z.number(),
  files_changed: z.number(),
  files_unmodified: z.number(),
  total_files_processed: z.number(),
  total_bytes_processed: z.number(),
  data_added: z.number(),
  data_added_packed: z.number().optional(),
})

const RestoreEnd = z.object({
  message_type: z.literal('summary'),
  files_restored: z.number().default(0),
  bytes_restored: z.number().default(0),
  files_skipped: z.number().optional(),
})

const RawStats = z.object({
  total_size: z.number(),
  total_uncompressed_size: z.number().optional(),
  snapshots_count: z.number().default(0),
})

const Side = z.object({ files: z.number(), bytes: z.number() })
const Difference = z.object({ changed_files: z.number(), added: Side, removed: Side })
const Change = z.object({ message_type: z.literal('change'), path: z.string(), modifier: z.string() })

/** Throws `output.unreadable`. */
function read<T>(schema: z.ZodType<T>, text: string, what: string): T {
  try {
    return schema.parse(JSON.parse(text))
  } catch {
    throw unreadableOutput('restic', `printed what is not ${what}`)
  }
}

export const parseSnapshots = (text: string): SeenSnapshot[] => read(Snapshots, text, 'a list of snapshots')
export const parseFound = (text: string) => read(Found, text, 'a list of files')
export const parseId = (text: string): string => read(z.object({ id: z.string() }), text, 'a configuration').id

/** A line of `ls --json`; null: it is the one about the snapshot. */
export function parseNode(line: string): SeenNode | null {
  return line.includes('"struct_type":"node"') ? read(Node, line, 'a file of a snapshot') : null
}

export function parseLock(lockId: string, text: string): SeenLock {
  const { time, exclusive, hostname, pid } = read(Lock, text, 'a lock')
  return { lockId, at: new Date(time).toISOString(), isExclusive: exclusive, hostName: hostname, pid }
}

export function parsePreview(text: string): RetentionPreview[] {
  return read(Preview, text, 'a list of what is kept').map(({ host, paths, keep, remove, reasons }) => ({
    hostName: host,
    paths,
    keep: keep.map((snapshot) => {
      // Older versions tell no id here.
      const its = reasons?.find(({ snapshot: { id, time } }) =>
        id === undefined ? new Date(time).toISOString() === snapshot.at : id === snapshot.snapshotId,
      )
      return { ...snapshot, reasons: its?.matches ?? [] }
    }),
    remove,
  }))
}

/** The last line of a backup that is its summary; null: there is none. */
function summaryLine(lines: readonly string[]): string | undefined {
  return lines.findLast((line) => line.startsWith('{"message_type":"summary"'))
}

export function parseBackupSummary(lines: readonly string[], unread: number): BackupSummary {
  const told = read(Summary, summaryLine(lines) ?? '', 'a summary')
  return {
    snapshotId: told.snapshot_id,
    newFiles: told.files_new,
    changedFiles: told.files_changed,
    unchangedFiles: told.files_unmodified,
    files: told.total_files_processed,
    bytes: told.total_bytes_processed,
    addedBytes: told.data_added,
    storedBytes: told.data_added_packed ?? null,
    unread,
  }
}

export function parseRestoreSummary(lines: readonly string[]): RestoreSummary {
  const told = read(RestoreEnd, summaryLine(lines) ?? '', 'a summary')
  return { files: told.files_restored, bytes: told.bytes_restored, skippedFiles: told.files_skipped ?? null }
}

export function parseStats(text: string): Stats {
  const told = read(RawStats, text, 'a size')
  return {
    snapshots: told.snapshots_count,
    storedBytes: told.total_size,
    uncompressedBytes: told.total_uncompressed_size ?? null,
  }
}

/** A line of `diff --json`. */
export function parseDifference(line: string): SnapshotChange | SnapshotDifference | null {
  if (line.startsWith('{"message_type":"statistics"')) {
    const { changed_files, added, removed } = read(Difference, line, 'a difference')
    const side = ({ files, bytes }: z.infer<typeof Side>) => ({ files, bytes })
    return { changedFiles: changed_files, added: side(added), removed: side(removed) }
  }
  if (!line.startsWith('{"message_type":"change"')) return null
  const { path, modifier } = read(Change, line, 'a difference')
  const change = modifier.startsWith('+') ? 'added' : modifier.startsWith('-') ? 'removed' : 'changed'
  return { path, change }
}
