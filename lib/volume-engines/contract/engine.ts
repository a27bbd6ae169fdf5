import type { Provisioning, SnapshotConsistency, VolumeFormat } from '@/lib/agent-protocol/pools'
import type { DriverHost } from '@/lib/drivers/contract/driver-host'
import type { Usage } from '@/lib/drivers/contract/values'
import type { ProblemReport } from '@/lib/drivers/problems/report'
import type { Secret } from '@/lib/secret'
import type { Machines } from '@/lib/volume-engines/contract/machines'
import type { PoolPlace } from '@/lib/volume-engines/contract/place'

/** A pool as an engine sees it: its place on this host, and its settings, parsed. */
export interface OpenPool<Place extends PoolPlace = PoolPlace, Settings = Record<string, unknown>> {
  poolId: string
  place: Place
  settings: Settings
  /**
   * Of a storage that several hosts write to: what allows this one to change what describes it. null: another one is the keeper. Absent:
   * no other host writes there, or all may.
   */
  keeper?: KeeperRight | null
}

export interface KeeperRight {
  /**
   * Resolves when changes may begin, to a number that grows with each keeper and is written to the storage. Waits while the controller
   * is away. Throws `conflict` when another host is the keeper.
   */
  ready(signal: AbortSignal, log: (message: string) => void): Promise<number>
  /** Begins a change at once; null, and nothing is begun: it may not any more. */
  begin<T>(fence: number, change: () => Promise<T>): Promise<T> | null
}

/** All power an engine has. Everything it does may be repeated. */
export interface EngineHost extends Pick<DriverHost, 'probe' | 'secretFile' | 'hostId'> {
  /** Those that have disks of a pool open, and are asked to change what they have open. */
  machines: Machines
  /**
   * A catalogued command. `confined`: it reads what came from outside, so it gets no network, no other files than the pool's, and
   * limits of memory and processor time.
   */
  run(
    command: string,
    args: readonly string[],
    options?: Parameters<DriverHost['run']>[2] & { confined?: Confinement },
  ): ReturnType<DriverHost['run']>
}

export interface Confinement {
  /** Directories and files that it may see, besides the system's programs. */
  readable: readonly string[]
  /** Those of them, or others, that it may write to too; usually none. */
  writable?: readonly string[]
  /** It reaches the network of its host too, without which there is no Ceph; all else is as ever. */
  network?: true
}

export interface EngineContext {
  host: EngineHost
  signal: AbortSignal
  /** `performance.now()` time. */
  deadlineAt: number
  /** A line of the operation's log. Never a secret. */
  log(message: string): void
}

export interface WorkProgress {
  done: number
  total: number | null
  unit: 'bytes'
  phase?: string
}

/** A program that takes long; it runs beside the agent, and a later agent finds it again. */
export interface WorkProgram {
  command: string
  args: readonly string[]
  /** It reads what came from outside, see `EngineHost.run`. Its processor time has no limit. */
  confined?: Confinement
  env?: Readonly<Record<string, string | Secret>>
  /** By name, 0600 in `EngineTurn.directory(step)`. */
  files?: Readonly<Record<string, string | Secret>>
  parseProgress(line: string): WorkProgress | null
  whenKilled: 'resume' | 'undo'
  /** Without a line of output for this long it is given up. */
  silentMs: number
}

export type Undo<Note> = (note: Note | null) => Promise<void>

/** The turn of one job on one volume, see `CommandTurn` of the agent: a step that is done is not done again after a restart. */
export interface EngineTurn extends EngineContext {
  step<Note>(name: string, work: () => Promise<Note>, undo?: Undo<Note>): Promise<Note>
  /** How far a step is that waits for what is done elsewhere, as by a machine. */
  advance(progress: WorkProgress): void
  /** Where the files of that step's program will be. */
  directory(step: string): string
  /** One step that is a long program. Throws `command_failed` with its last lines when it does not end with 0. */
  run(step: string, program: WorkProgram, undo?: Undo<unknown>): Promise<void>
}

export interface NewVolume {
  volumeId: string
  sizeBytes: number
  format: VolumeFormat
  provisioning: Provisioning
}

/** Something that can be read as an image, as `qemu-img convert` is to be told. */
export interface ImageSource {
  /** Never guessed: of a volume it is known, of something foreign it was found by a look in confinement. */
  format: string
  /** A path, or `rbd:` with what is not secret. */
  location: string
  sizeBytes: number
  /** It came from outside: what reads it runs in this, with what it writes to added. */
  confined?: Confinement
  /** Files that the location speaks of, by name; it names them as `{directory}/<name>`. */
  files?: Readonly<Record<string, Secret>>
  /** Lets go of what was opened for it, such as an activated volume. */
  done?(context: EngineContext): Promise<void>
}

export interface SeenVolume {
  volumeId: string
  isTrashed: boolean
  format: VolumeFormat
  sizeBytes: number | null
  allocatedBytes: number | null
  parent: { volumeId: string; snapshotId: string | null } | null
  snapshots: { snapshotId: string; sizeBytes: number | null }[]
  isInUse: boolean
  /** Of an image file that has not its usual name in the directory of the volume: that name. */
  imageName?: string
  /** The machine that has it open, where libvirt on this host knows it. */
  usedBy?: string
  /** It is there and cannot be used. */
  problem: (ProblemReport & { message: string }) | null
}

export interface SeenForeign {
  name: string
  kind: 'file' | 'directory' | 'volume' | 'other'
  bytes: number | null
  format: string | null
}

/** An image or ISO file that is there to make volumes from. */
export interface SeenTemplate {
  /** In its folder. */
  name: string
  bytes: number
  modifiedMs: number
  format: string | null
  /** Bytes that a machine would see; null: nobody can say without opening it. */
  virtualBytes: number | null
}

/** Something foreign, or a template. */
export interface OutsideImage {
  foreign: string
  /** Of a template: as it was listed. Opening another one throws `conflict`. */
  as?: { bytes: number; modifiedMs: number }
}

/** What a look found. Unknown is null, never 0. */
export interface PoolView {
  capacity: Usage
  /** It can be read, and something is wrong with it. */
  warning: (ProblemReport & { message: string }) | null
  volumes: SeenVolume[]
  foreign: SeenForeign[]
  /** All of them counted, and the first ones; null: not known. Absent: such a pool has none. */
  templates?: { count: number; items: SeenTemplate[] } | null
  /** Of a pool with a keeper: ids of volumes that have a device on this host, whether it is the keeper or not. */
  activeVolumes?: string[]
}

/**
 * The host half of an engine. Names come from us (ids), every creation is exclusive, and nothing without our mark is changed. Throws
 * `HoldfastError` or `ProblemError`. In a turn everything that changes something is in a step, with its undo where it leaves something.
 */
export interface VolumeEngine<Place extends PoolPlace = PoolPlace, Settings = Record<string, unknown>> {
  /** How long a look may take, in milliseconds, where that is longer than of others; a storage that has gone must be noticed otherwise. */
  lookMs?: number
  /** Makes the mark of a new pool, or finds that of an old one. Throws `conflict` where another pool's mark is. */
  open(pool: OpenPool<Place, Settings>, isNew: boolean, context: EngineContext): Promise<void>
  /** Takes the mark away, and what `open` has made and nothing is in. Throws `busy` while volumes are there. */
  release(pool: OpenPool<Place, Settings>, context: EngineContext): Promise<void>
  /**
   * Capacity alone where `isKeeper` is false; then volumes and foreign are empty. Throws where the mark of the pool is not there any
   * more. Cheap: it is taken every half minute.
   */
  look(pool: OpenPool<Place, Settings>, isKeeper: boolean, context: EngineContext): Promise<PoolView>
  /** One volume as it is now; null: it is not there. */
  find(pool: OpenPool<Place, Settings>, volumeId: string, context: EngineContext): Promise<SeenVolume | null>
  /** Opens what is to be read: a volume, a snapshot of it, or something foreign or a template, which is looked into first. */
  source(
    pool: OpenPool<Place, Settings>,
    what: { volumeId: string; snapshotId: string | null } | OutsideImage,
    context: EngineContext,
  ): Promise<ImageSource>
  create(
    pool: OpenPool<Place, Settings>,
    volume: NewVolume,
    content: ImageSource | null,
    turn: EngineTurn,
  ): Promise<void>
  clone(
    pool: OpenPool<Place, Settings>,
    volumeId: string,
    of: { volumeId: string; snapshotId: string | null },
    turn: EngineTurn,
  ): Promise<void>
  grow(pool: OpenPool<Place, Settings>, volumeId: string, sizeBytes: number, turn: EngineTurn): Promise<void>
  /** Gives how whole it is; what was cut off is `crash` where it is not known any more. */
  snapshot(
    pool: OpenPool<Place, Settings>,
    volumeId: string,
    snapshotId: string,
    turn: EngineTurn,
  ): Promise<SnapshotConsistency>
  deleteSnapshot(pool: OpenPool<Place, Settings>, volumeId: string, snapshotId: string, turn: EngineTurn): Promise<void>
  restore(pool: OpenPool<Place, Settings>, volumeId: string, snapshotId: string, turn: EngineTurn): Promise<void>
  flatten(pool: OpenPool<Place, Settings>, volumeId: string, turn: EngineTurn): Promise<void>
  trash(pool: OpenPool<Place, Settings>, volumeId: string, turn: EngineTurn): Promise<void>
  untrash(pool: OpenPool<Place, Settings>, volumeId: string, turn: EngineTurn): Promise<void>
  purge(pool: OpenPool<Place, Settings>, volumeId: string, turn: EngineTurn): Promise<void>
  /** Makes a foreign image a volume of the pool. Gives what it is. */
  adopt(pool: OpenPool<Place, Settings>, name: string, volumeId: string, turn: EngineTurn): Promise<void>
}
