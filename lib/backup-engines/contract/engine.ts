import type { BackupFeature } from '@/lib/backup-engines/contract/descriptor'
import type {
  BackupSummary,
  CheckShare,
  RestoreSummary,
  Retention,
  RetentionPreview,
  SeenLock,
  SeenNode,
  SeenSnapshot,
  SnapshotChange,
  SnapshotDifference,
  Stats,
} from '@/lib/backup-engines/contract/values'
import type { CommandResult, DriverHost, RunOptions } from '@/lib/drivers/contract/driver-host'
import type { Command } from '@/lib/drivers/contract/mount-request'
import type { Secret } from '@/lib/secret'

/** A directory, or a bucket that is spoken to without a mount. */
export type RepositoryPlace =
  | { kind: 'directory'; path: string }
  | {
      kind: 's3'
      /** Scheme, host and port. */
      endpoint: string
      bucket: string
      /** Without a slash at either end; empty: the whole bucket. */
      prefix: string
      region: string | null
      accessKeyId: string
      secretAccessKey: Secret
      /** PEM authorities to trust besides those of the system. */
      ca: string | null
    }

export interface OpenRepository {
  place: RepositoryPlace
  password: Secret
  /** What `init` gave. null: it is not known yet, so nothing is written to it. */
  engineId: string | null
  /** On a disk of this host, where the engine may keep what it would else read again and again; null: nowhere. */
  cacheDirectory: string | null
}

/** All power an engine has. */
export interface BackupHost extends Pick<DriverHost, 'secretFile'> {
  /** A catalogued command, as of drivers. */
  run(command: string, args: readonly string[], options?: BackupRunOptions): Promise<CommandResult>
}

export interface BackupRunOptions extends Omit<RunOptions, 'evaluates'> {
  /** More output than this, in bytes, is a failure. */
  outputCap?: number
  /** Takes the lines of output as they come, none of which is kept. */
  eachLine?: (line: string) => void
}

export interface BackupContext {
  host: BackupHost
  signal: AbortSignal
  /** `performance.now()` time. */
  deadlineAt: number
}

/** Of bytes, and of files as far as that is known. */
export interface BackupProgress {
  done: number
  /** null: nobody can say yet. */
  total: number | null
  unit: 'bytes' | 'items'
  files?: { done: number; total: number | null }
  phase?: string
}

/** A program that takes long; it runs beside the agent, and a later agent finds it again. */
export interface BackupProgram {
  command: string
  args: readonly string[]
  env: Readonly<Record<string, string>>
  /** By name, 0600 in `BackupTurn.directory(step)`. */
  files: Readonly<Record<string, string | Secret>>
  parseProgress(line: string): BackupProgress | null
  /** A line that is not progress, for people; null: it says nothing to them. */
  words(line: string): string | null
  whenKilled: 'resume' | 'undo'
  /** Without a line of output for this long, in milliseconds, it is given up. */
  silentMs: number
}

export interface ProgramEnd {
  exitCode: number
  /** The last ones that it printed, redacted. */
  lines: readonly string[]
}

/** The turn of one job, see `EngineTurn` of volumes. */
export interface BackupTurn extends BackupContext {
  step<Note>(name: string, work: () => Promise<Note>): Promise<Note>
  directory(step: string): string
  /** The absolute path of a catalogued command, for a program that starts it. Throws `tool_missing`. */
  locate(command: string): string
  /** One step that is a long program. `undo` is for one that was cut off, or whose job was cancelled. */
  run(step: string, program: BackupProgram, undo: () => Promise<void>): Promise<ProgramEnd>
}

/** How much of the host, and of the line, the work may take. */
export interface Limits {
  /** KiB per second. */
  uploadKib?: number
  downloadKib?: number
  /** Processor cores. */
  cores?: number
  /** Files that are read at a time. */
  readConcurrency?: number
}

export type BackupSource =
  | {
      kind: 'directory'
      /** Absolute. */
      path: string
      /** Patterns. */
      excludes: readonly string[]
      /** It stays on the file system of `path`. */
      oneFileSystem: boolean
    }
  | {
      kind: 'stream'
      /** What the snapshot calls it; a file name. */
      name: string
      /** Prints it. Where this fails, there is no snapshot. */
      command: Command
    }

export interface Backup {
  source: BackupSource
  /** Of the source, as its snapshots name it. */
  hostName: string
  tags: readonly string[]
  limits: Limits
}

export interface Restore {
  snapshotId: string
  /** A folder or file of the snapshot; null: all of it. What is in it lies directly in `target` then. */
  path: string | null
  /** Absolute. */
  target: string
  /** What becomes of files that are there. `never`: they stay. `changed`: those that differ are replaced. `all`: each is written anew. */
  over: 'never' | 'changed' | 'all'
  limits: Limits
}

/** Which snapshots. All that are given must be so. */
export interface SnapshotFilter {
  hostName?: string
  tags?: readonly string[]
}

/**
 * The host half of an engine. Throws `ProblemError` with its cure, or `HoldfastError`. What reads takes no lock. What writes compares the
 * id of the repository first, so that another one, or an empty directory, behind the same path is never written to.
 */
export interface BackupEngine {
  /** The version of its program. */
  version(context: BackupContext): Promise<string>
  /** Throws `restic.too_old` where the program of this host does not know it. */
  requireFeature(feature: BackupFeature, context: BackupContext): Promise<void>
  /** Makes a repository; gives its id. Throws `conflict` where one is. */
  init(repository: OpenRepository, context: BackupContext): Promise<string>
  /** The id of the one that is there; null: there is none. */
  identify(repository: OpenRepository, context: BackupContext): Promise<string | null>
  snapshots(repository: OpenRepository, filter: SnapshotFilter, context: BackupContext): Promise<SeenSnapshot[]>
  /** Calls `onNode` with what is in a folder, or, where it is null, with all of the snapshot. Throws `not_found`. */
  list(
    repository: OpenRepository,
    snapshotId: string,
    folder: string | null,
    onNode: (node: SeenNode) => void,
    context: BackupContext,
  ): Promise<void>
  /** Files and folders whose name has this text in it, over all snapshots. */
  find(
    repository: OpenRepository,
    text: string,
    context: BackupContext,
  ): Promise<{ snapshotId: string; nodes: SeenNode[] }[]>
  diff(
    repository: OpenRepository,
    snapshotIds: readonly [before: string, after: string],
    onChange: (change: SnapshotChange) => void,
    context: BackupContext,
  ): Promise<SnapshotDifference>
  stats(repository: OpenRepository, context: BackupContext): Promise<Stats>
  /** What a retention would keep and remove, and why. */
  previewRetention(
    repository: OpenRepository,
    retention: Retention,
    filter: SnapshotFilter,
    context: BackupContext,
  ): Promise<RetentionPreview[]>
  locks(repository: OpenRepository, context: BackupContext): Promise<SeenLock[]>
  /**
   * Removes locks that are left of processes which are ours and dead, as `isDead` proves; gives how many. Where any other one is there
   * nothing is removed.
   */
  unlock(repository: OpenRepository, isDead: (lock: SeenLock) => boolean, context: BackupContext): Promise<number>
  backup(
    repository: OpenRepository,
    backup: Backup,
    turn: BackupTurn,
    undo: () => Promise<void>,
  ): Promise<BackupSummary>
  restore(
    repository: OpenRepository,
    restore: Restore,
    turn: BackupTurn,
    undo: () => Promise<void>,
  ): Promise<RestoreSummary>
  /** What a restore would do, without doing it. */
  previewRestore(repository: OpenRepository, restore: Restore, context: BackupContext): Promise<RestoreSummary>
  /** Removes the snapshots that the preview names, and nothing of their data; see `prune`. */
  forget(
    repository: OpenRepository,
    retention: Retention,
    filter: SnapshotFilter,
    context: BackupContext,
  ): Promise<RetentionPreview[]>
  /** Removes data that no snapshot needs any more. */
  prune(repository: OpenRepository, limits: Limits, turn: BackupTurn, undo: () => Promise<void>): Promise<void>
  /** Throws `restic.damaged` where something is wrong. */
  check(repository: OpenRepository, share: CheckShare, turn: BackupTurn, undo: () => Promise<void>): Promise<void>
  /** Snapshots of one repository to another; those that are there already are passed over. */
  copy(
    from: OpenRepository,
    to: OpenRepository,
    snapshotIds: readonly string[],
    turn: BackupTurn,
    undo: () => Promise<void>,
  ): Promise<void>
}
