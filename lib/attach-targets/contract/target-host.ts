import type { DriverHost } from '@/lib/drivers/contract/driver-host'

/** Daemons of the host that are asked over a socket of their own, each at one place. A name that is not here cannot be asked. */
export const LOCAL_DAEMONS = {
  docker: { title: 'Docker', socket: '/run/docker.sock', pidFile: '/run/docker.pid', home: '/var/lib/docker' },
} as const
export type LocalDaemon = keyof typeof LOCAL_DAEMONS

/** All power that the host half of a target has to look: it asks, and changes nothing. */
export interface TargetHost {
  /** As `DriverHost.run`. */
  run: DriverHost['run']
  /** Is this program of the catalogue here? */
  has(command: string): boolean
  /**
   * The JSON that the daemon gives for a GET of this path. Null: there is no such daemon here. Throws `unavailable` where there is one
   * that does not run or refuses, `timed_out`, and `internal` for what is no JSON. Starts nothing.
   */
  ask(daemon: LocalDaemon, path: string): Promise<unknown>
}

/** What starts and stops has besides. */
export interface ChangingTargetHost extends TargetHost {
  /**
   * A POST, of nothing or of this as JSON, or a DELETE. Gives the JSON of the answer; null: it has none. Already so, or deleted already:
   * success. Throws `unavailable`, `timed_out`, and `command_failed` with what the daemon says.
   */
  tell(daemon: LocalDaemon, path: string, change?: Change): Promise<unknown>
}

export interface Change {
  method?: 'POST' | 'DELETE'
  /** May have secrets in it, and is written nowhere. */
  body?: object
}
