/** What engines tell. Times are ISO 8601; sizes are bytes; null is what this version of a program does not say. */
export interface SeenSnapshot {
  snapshotId: string
  at: string
  hostName: string
  paths: string[]
  tags: string[]
  /** The one that it was compared with. */
  parentId: string | null
  summary: { files: number; bytes: number; addedBytes: number; storedBytes: number | null } | null
}

export interface SeenNode {
  /** Absolute, in the snapshot. */
  path: string
  name: string
  kind: 'file' | 'directory' | 'link' | 'other'
  bytes: number | null
  modifiedAt: string | null
  /** Permission bits, such as 0o644. */
  mode: number
  uid: number
  gid: number
}

export interface BackupSummary {
  snapshotId: string
  newFiles: number
  changedFiles: number
  unchangedFiles: number
  /** Of the source. */
  files: number
  bytes: number
  /** That the repository did not have. */
  addedBytes: number
  /** What became of them there; null: not told. */
  storedBytes: number | null
  /** How many files could not be read; the snapshot is there without them. */
  unread: number
}

export interface RestoreSummary {
  files: number
  bytes: number
  /** That were there already as they should be; null: not told. */
  skippedFiles: number | null
}

export interface Retention {
  last?: number
  hourly?: number
  daily?: number
  weekly?: number
  monthly?: number
  yearly?: number
  /** None that is younger than so many days goes. */
  withinDays?: number
}

/** Of the snapshots of one source. */
export interface RetentionPreview {
  hostName: string
  paths: string[]
  keep: (SeenSnapshot & { reasons: string[] })[]
  remove: SeenSnapshot[]
}

/** Which part of the data is read: none, the nth of so many parts, or all. */
export type CheckShare = { part: number; of: number } | 'structure' | 'all'

export interface SeenLock {
  lockId: string
  at: string
  isExclusive: boolean
  hostName: string
  pid: number
}

export interface SnapshotChange {
  path: string
  /** `changed` includes what changed in rights and owners alone. */
  change: 'added' | 'removed' | 'changed'
}

export interface SnapshotDifference {
  added: { files: number; bytes: number }
  removed: { files: number; bytes: number }
  changedFiles: number
}

export interface Stats {
  snapshots: number
  /** What the data takes in the repository. */
  storedBytes: number
  /** Before it was compressed; null: not told. */
  uncompressedBytes: number | null
}
