/** One program with its arguments, as it is started: no shell takes part. */
export interface Command {
  command: string
  args: readonly string[]
}

/** One option of mount(8): `hard` has a name only, `vers=4.2` a value too. */
export interface MountOption {
  name: string
  value?: string
}

/** One mount on one host. */
export interface MountTarget {
  mountId: string
  path: string
  readOnly: boolean
}

interface Wanted {
  target: string
  /** What the storage type asks for, in its order. Every mount gets `ro` or `rw`, `nosuid` and `nodev` besides. */
  options: readonly MountOption[]
  readOnly: boolean
}

/** A file system of the kernel. */
export interface KernelMountRequest extends Wanted {
  kind: 'kernel'
  /** As `mount -t` takes it. */
  fsType: string
  source: string
}

/** A directory of the host at a second place. */
export interface BindMountRequest extends Wanted {
  kind: 'bind'
  source: string
}

/** A daemon that mounts through FUSE, in a unit of its own. */
export interface DaemonMountRequest extends Wanted {
  kind: 'daemon'
  /** As mountinfo shows it; null when a daemon of this type does not say. */
  source: string | null
  daemon: Command & { unit: string }
  /** The options are set on the mount when it is there, since the daemon itself does not take them. */
  setsOptions: boolean
  /** What the command is on other hosts, in words for people. */
  notes: readonly string[]
}

/**
 * What a storage type wants of a host for one mount. The agent carries it out, and the console shows, plans and compares from the same
 * value. It is made from the config alone, so that no secret can be in it: a file with one is named, its content is the host half's.
 */
export type MountRequest = KernelMountRequest | BindMountRequest | DaemonMountRequest

/** How the kernel words the options of a type once they are in force, where that is not as they were asked for. */
export interface OptionFacts {
  /** In each of these lists the kernel shows one, such as `hard` or `soft`. */
  alternatives?: readonly (readonly string[])[]
  /** Both sides agree on the values of these: another one is no change. */
  negotiated?: readonly string[]
  /** Other words for what was asked for, such as `proto=tcp6` for `proto=tcp`. */
  synonyms?: Readonly<Record<string, readonly string[]>>
  /** Asked for like this, such as `vers=default`, any value is right. */
  open?: readonly string[]
}

/** The half of a storage type that says how it is mounted. It runs in the browser too. */
export interface Mounting<Config, Request extends MountRequest = MountRequest> {
  /** Names of its file system in mountinfo, the usual one first. Empty: that of whatever is bound. */
  readonly fsTypes: readonly string[]
  readonly options?: OptionFacts
  /** Which version of its protocol both sides agreed on, in words, from the options in force (`rw,vers=4.2`); null when they do not tell. */
  spoken?(inForce: string): string | null
  /** A forced unmount gives whoever waits for a dead server an error, so that the mount can go. */
  readonly canBeForced?: true
  /** Must be the same for the same settings: what is mounted is recognised by it. */
  request(config: Config, target: MountTarget): Request
}

/** Which backend on which host, by the ids that a driver marks its work with. */
export interface ConnectionPlace {
  backendId: string
  hostId: string
}

/** Commands in order; what depends on what the host finds is in the notes, in words. */
export interface ConnectionRequest {
  commands: readonly Command[]
  notes: readonly string[]
}

/** The half of a storage type that says what opening it for volumes, and closing it, runs on a host. */
export interface Connecting<Config> {
  /** Also what handing new settings to an open storage runs. */
  connect(config: Config, place: ConnectionPlace): ConnectionRequest
  disconnect(config: Config, place: ConnectionPlace): ConnectionRequest
}
