import type { RepositoryPlace } from '@/lib/backup-engines/contract/engine'

/** What an older version of the engine's program may not know. */
export type BackupFeature = 'stream' | 'restore' | 'lock wait' | 'read concurrency'

/** What makes backups: the face that runs in the browser too. */
export interface BackupEngineDescriptor {
  readonly id: string
  readonly title: string
  /** Where its repositories may lie. */
  readonly places: readonly RepositoryPlace['kind'][]
  /** Commands that a host needs for it, as in the agent's catalogue. */
  readonly hostCommands: readonly string[]
  /** The oldest version of its program that does all. */
  readonly wholeSince: string
  /** The oldest version that knows it, and what it is for people. */
  readonly features: Readonly<Record<BackupFeature, { since: string; words: string }>>
}
