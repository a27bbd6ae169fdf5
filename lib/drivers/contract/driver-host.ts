import type { BindMountRequest, KernelMountRequest } from '@/lib/drivers/contract/mount-request'
import type { Secret } from '@/lib/secret'

export interface CommandResult {
  exitCode: number
  stdout: string
  stderr: string
}

export interface RunOptions {
  /** Sent on stdin; the way to hand a secret to a tool that reads it there. */
  input?: Secret | string
  /** Exit codes that are answers and not failures. Default: only 0. */
  okExitCodes?: readonly number[]
  /** Milliseconds; the shorter of this, the catalogue's and the operation's deadline holds. */
  timeoutMs?: number
  env?: Record<string, string>
  /**
   * Of `node -e <text>`, where the text is one of `programText` and small: its output is what it gives, as `{"ok":…}`, or what it threw,
   * as `{"errno":…,"what":…}`. The child may have evaluated others before and may be given others after, so nothing may stay open in it.
   */
  evaluates?: true
}

/** One line of `/proc/self/mountinfo`, octal escapes decoded. */
export interface MountEntry {
  mountId: number
  parentId: number
  device: string
  root: string
  target: string
  options: string[]
  fsType: string
  source: string
  superOptions: string[]
}

/** A FUSE daemon kept alive beside the agent (systemd unit, or a detached supervisor where systemd does not run). */
export interface FuseDaemon {
  /** Name of the unit: from our ids only. */
  unit: string
  command: string
  args: readonly string[]
  target: string
  /** Where on this host it keeps data of its own, if that is not `fuse.paths(unit).cache`. The policy must allow it. */
  dataDirectory?: string
  /** Files written (0600) into `fuse.paths(unit).directory` before each start, by file name, e.g. `rclone.conf`. */
  secretFiles: Readonly<Record<string, Secret>>
  env?: Readonly<Record<string, string | Secret>>
  /** It says `READY=1` on NOTIFY_SOCKET once mounted, as rclone does. Without it, mountinfo decides when it is ready. */
  notifies?: boolean
  /** How `fuse.control` reaches it. A socket is `fuse.paths(unit).socket`; TCP (rclone before 1.61) is loopback with a password. */
  control?: FuseControl
  /** Whom it connects to by itself. The host keeps it from every address that its policy denies, or does not start it. */
  network: DaemonNetwork
}

export type DaemonNetwork =
  /** Nobody. */
  | { kind: 'none' }
  /** This server and where it sends to, with HTTP(S) only, and through the proxy that its environment names. */
  | { kind: 'web'; host: string; port: number }
  /** Anybody, in a way of its own. `besides`: addresses that it needs whatever the policy says, such as its multicast group. */
  | { kind: 'any'; besides: readonly string[] }

export type FuseControl = { kind: 'unix' } | { kind: 'tcp'; port: number; user: string; password: Secret }

/** Where one FUSE daemon keeps its things; args refer to these. */
export interface FusePaths {
  /** tmpfs, 0700: secret files and the socket. */
  directory: string
  /** 0600 unix socket for remote control. */
  socket: string
  /** Local disk, 0700, the same across restarts, so that unfinished uploads resume. */
  cache: string
}

/** All power a driver has. In the agent it is the machine; in tests it is the fake host. */
export interface DriverHost {
  /** Runs a catalogued command: absolute path, argv array, no shell, cleared environment. Throws `command_failed` / `timed_out` / `tool_missing`. */
  run(command: string, args: readonly string[], options?: RunOptions): Promise<CommandResult>
  net: {
    /** Addresses of a name; throws `backend_unreachable`. */
    resolve(name: string): Promise<string[]>
    /** Opens and closes a TCP connection; resolves to milliseconds; throws `backend_unreachable` with the errno as `details.errno`. */
    connect(host: string, port: number): Promise<number>
    /** A bounded HTTP(S) request without redirects, for protocols that speak it. */
    request(request: HttpRequest): Promise<HttpAnswer>
  }
  mounts: {
    list(): MountEntry[]
    /** `mount(8)` with own deadline; reads mountinfo back. Throws when the target is not absent. */
    mount(request: KernelMountRequest | BindMountRequest): Promise<MountEntry>
    /** The unmount ladder, without lazy. Throws `busy` with holders. Success when absent. */
    unmount(target: string): Promise<void>
  }
  fuse: {
    /** Paths of a unit, whether it exists or not. */
    paths(unit: string): FusePaths
    /** A free loopback port for a daemon that cannot listen on a unix socket. */
    freePort(): Promise<number>
    /** Starts it and waits until the target is its mount. Running already: success. Fails with the last log lines when it exits. */
    start(daemon: FuseDaemon): Promise<void>
    /**
     * Unmounts (throws `busy` with holders while in use), then stops it and waits until it is gone. Absent: success.
     * `discardCache` is for a daemon through which nothing was ever written.
     */
    stop(unit: string, target: string, options?: { discardCache?: boolean }): Promise<void>
    isRunning(unit: string): Promise<boolean>
    /** JSON over the daemon's private control channel (rclone rc). Throws when the daemon does not answer. */
    control(unit: string, method: string, parameters?: Record<string, unknown>): Promise<unknown>
    /** Last lines of the daemon's log, for advice. */
    log(unit: string): Promise<string>
  }
  probe: {
    /** statfs in a disposable child; `hung` when past its deadline. */
    statfs(path: string): Promise<StatfsAnswer>
    /** Lists one directory level in a disposable child; proves that the storage answers. */
    list(path: string): Promise<ProbeAnswer>
    /** Writes, reads back and deletes a file with our name, in a disposable child. */
    writeReadDelete(path: string): Promise<ProbeAnswer>
    /**
     * The text of a small state file that another program keeps, at most 64 KiB, in a disposable child; no link is followed. Only
     * the files in the agent's list (`READABLE_FILES`) may be asked for.
     */
    readText(path: string): Promise<TextAnswer>
    /** Kind of a directory that is to be bound, in a disposable child. Throws `policy_denied` where the host hands nothing out. */
    stat(path: string): Promise<{ kind: 'directory' | 'file' | 'other' | 'missing'; errno?: string }>
  }
  /** A scratch mountpoint of our own, guarded, removed by `done`. */
  scratch(): Promise<{ path: string; done(): Promise<void> }>
  /** Small local records, where the catalogue of the agent allows it: settings of open-iscsi, sysfs, links of udev. */
  records: HostRecords
  /** The id of this host in the fleet, for marks of ownership on shared storage. */
  readonly hostId: string
  /** Is this backend to stay open on this host? Asked of what the agent keeps, not of the storage. */
  keepsOpen(backendId: string): boolean
  /** A 0600 file on tmpfs that lives until `done`. */
  secretFile(content: Secret | string): Promise<{ path: string; done(): Promise<void> }>
}

/** Throws `policy_denied` for a path outside the agent's catalogue of places. */
export interface HostRecords {
  /** At most 64 KiB of text; `null` when there is no such file. */
  read(path: string): Promise<string | null>
  /** Names in a directory, sorted; empty when there is none. */
  list(path: string): Promise<string[]>
  /** Replaces a settings file by a link to a 0600 file on tmpfs, so that what is secret in it never reaches a disk. */
  writeSecret(path: string, content: Secret): Promise<void>
  /** Is it a link that `writeSecret` made? */
  isOurs(path: string): Promise<boolean>
  /** Removes a file, link or empty directory and what `writeSecret` kept for it. Absent: success. */
  remove(path: string): Promise<void>
}

export type ProbeAnswer =
  | { state: 'ok'; durationMs: number }
  | { state: 'hung'; durationMs: number }
  | { state: 'failed'; errno: string; durationMs: number }

export type TextAnswer = { state: 'ok'; text: string } | { state: 'hung' } | { state: 'failed'; errno: string }

export type StatfsAnswer =
  | {
      state: 'ok'
      totalBytes: number
      freeBytes: number
      availableBytes: number
      totalInodes: number
      freeInodes: number
      durationMs: number
    }
  | { state: 'hung'; durationMs: number }
  | { state: 'failed'; errno: string; durationMs: number }

export interface HttpRequest {
  url: string
  method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'
  /** At most 64 KiB. */
  body?: string
  headers?: Record<string, string | Secret>
  /** Extra PEM authorities to trust. */
  ca?: string
  /** Connect to this address, which the name of the URL has been resolved to before, and to no other. */
  address?: string
  /** Take any certificate. */
  unverified?: boolean
}

export interface HttpAnswer {
  status: number
  headers: Record<string, string>
  /** At most 256 KiB. */
  body: string
  durationMs: number
}
