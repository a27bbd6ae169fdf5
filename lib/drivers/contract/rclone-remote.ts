import type { LineProblem, RcloneSection } from '@/lib/drivers/mounting/rclone-config'

/** What a remote says of a backend. It names no bucket: each of those is a backend of its own. */
export interface ReadStorage {
  /** Config and secrets side by side, as a form would send them, without the bucket. */
  settings: Readonly<Record<string, string | boolean>>
  /** Settings that were left out. */
  problems: LineProblem[]
}

/** How a storage type reads remotes of rclone. */
export interface RcloneRemotes {
  /** As rclone calls them in `type = …`. */
  readonly rcloneType: string
  /** Config field that a remote leaves open, and the discovery that finds its values. */
  readonly bucket: { field: string; discovery: string }
  /** Settings that people may see; those that a remote does not say are null there. */
  readonly shown: readonly string[]
  /** Never throws; repeats no value of a secret setting. A text is the reason for refusing it. */
  read(section: RcloneSection): ReadStorage | string
  /** The flat config for one bucket of a remote, with what depends on its name. */
  forBucket(settings: Readonly<Record<string, unknown>>, bucket: string): Readonly<Record<string, unknown>>
  /** The same for remotes and backends that are the same account on the same server. */
  accountOf(config: Readonly<Record<string, unknown>>): string
}
