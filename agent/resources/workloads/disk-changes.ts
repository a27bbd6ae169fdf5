import { existsSync } from 'node:fs'
import {
  type DefinedDisk,
  type DefinedDisks,
  flagsOf,
  type MachineDisks,
  machineDisks,
} from '@/agent/libvirt/machine-disks'
import type { PoolManager } from '@/agent/resources/pools/manager'
import type { PlacedPool, PoolDoors } from '@/agent/resources/pools/pool-doors'
import type { ChangedDisk, WantedDisk } from '@/lib/agent-protocol/machine-disks'
import { CommandError } from '@/lib/drivers/problems/command-error'
import { HoldfastError } from '@/lib/errors'
import { type AttachInfo, type AttachPlace, attachInfo } from '@/lib/libvirt/attach-info'
import { pauseFor } from '@/lib/pause'
import type { EngineContext, SeenVolume } from '@/lib/volume-engines/contract/engine'

/** A guest that can let go of a disk does so within a second. */
const LET_GO_MS = 20_000
const LOOK_MS = 250

export interface DiskChangeParts {
  pools: Pick<PoolManager, 'get'>
  doors: Pick<PoolDoors, 'door' | 'place' | 'check'>
  /** After a change: what machines have is told anew. */
  look(): Promise<void>
  /** Of libvirt; absent: that of the host. */
  uri?: string
  /** How long a machine may take to let go of a disk, in milliseconds. */
  letGoMs?: number
}

/** Of the command that asks for it. */
export interface DiskCall {
  operationId: string
  deadlineAt: number
  signal: AbortSignal
  log(message: string): void
}

/** A volume as it is on its storage now. */
interface LookedAt {
  door: ReturnType<PoolDoors['door']>
  pool: ReturnType<PoolManager['get']>
  placed: PlacedPool
  seen: SeenVolume
}

/** Gives volumes to machines of libvirt as disks, and takes them away again. One after the other: each looks at who else has it. */
export class DiskChanges {
  readonly #parts: DiskChangeParts
  #last: Promise<unknown> = Promise.resolve()

  constructor(parts: DiskChangeParts) {
    this.#parts = parts
  }

  /**
   * Now where the machine runs, and for its next start. Has it the disk already: success. Throws `not_found`, `in_use` where another
   * machine has the volume, and `conflict` with what is in the way.
   */
  attach(machine: string, disk: WantedDisk, call: DiskCall): Promise<ChangedDisk> {
    return this.#inTurn(() => this.#attach(machine, disk, call))
  }

  /** Its pool need not be open. Has the machine no such disk: success. Throws `busy` where it does not let go of it. */
  detach(machine: string, volumeId: string, call: DiskCall): Promise<ChangedDisk> {
    return this.#inTurn(() => this.#detach(machine, volumeId, call))
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(async () => {
      try {
        return await work()
      } finally {
        await this.#parts.look()
      }
    })
    this.#last = turn.catch(() => undefined)
    return turn
  }

  /** Nobody is given a volume while this works. What machines have is told anew after it. */
  alone<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#inTurn(work)
  }

  /** How a machine that is not there yet is to have it, and nobody else has. Throws as `attach`. For `alone`. */
  async describe(uuid: string, wanted: WantedDisk, taken: readonly string[], call: DiskCall): Promise<AttachInfo> {
    const looked = await this.#look(wanted, call)
    await requireNoOther(machineDisks(looked.door.host, this.#parts.uri), uuid, wanted)
    return this.#info(looked, wanted, { ...wishedTarget(wanted.target), takenTargets: taken })
  }

  async #attach(uuid: string, wanted: WantedDisk, call: DiskCall): Promise<ChangedDisk> {
    const { volumeId } = wanted
    const looked = await this.#look(wanted, call)
    const disks = machineDisks(looked.door.host, this.#parts.uri)
    const before = await requireMachine(disks, uuid)
    const [now, next] = [diskOf(before.now, volumeId), diskOf(before.next, volumeId)]
    const scope = { now: before.now !== null && now === undefined, next: before.next !== null && next === undefined }
    if (!scope.now && !scope.next) return changed(before, (now ?? next)?.target ?? null)
    await requireNoOther(disks, uuid, wanted)
    const taken = [...(before.now ?? []), ...(before.next ?? [])].map(({ target }) => target)
    const info = await this.#info(looked, wanted, {
      // What only one of the two has is made the same in the other.
      ...wishedTarget((now ?? next)?.target ?? wanted.target),
      takenTargets: now === undefined && next === undefined ? taken : [],
    })
    call.log(`$ virsh attach-device --domain ${uuid} --file disk.xml ${flagsOf(scope).join(' ')}`)
    await disks.attach(uuid, info.disk_xml, scope).catch((error: unknown) => {
      throw inWords(error)
    })
    const after = await requireMachine(disks, uuid)
    const found = diskOf(after.now, volumeId) ?? diskOf(after.next, volumeId)
    if (found === undefined) throw new HoldfastError('internal', 'libvirt took the disk, and the machine has it not.')
    call.log(`It is the disk ${found.target}.`)
    return changed(after, found.target)
  }

  async #look({ poolId, volumeId }: WantedDisk, call: DiskCall): Promise<LookedAt> {
    const { pools, doors } = this.#parts
    const door = doors.door(call.operationId, call.deadlineAt, call.signal)
    const pool = pools.get(poolId)
    pool.requireUsable()
    const placed = await doors.place(pool.wire, door, call.signal)
    const seen = await seenVolume(placed, volumeId, { ...call, host: door.engineHost })
    return { door, pool, placed, seen }
  }

  async #info(
    { door, pool, placed, seen }: LookedAt,
    { volumeId, accessMode, bus, cache }: WantedDisk,
    wish: { target?: string; takenTargets: readonly string[] },
  ): Promise<AttachInfo> {
    const { descriptor, backend } = this.#parts.doors.check(pool.wire, door.redactor, 'lenient')
    const place = placeOf(placed, () => descriptor.volumes?.reach?.(backend.config as never, backend.id) ?? null)
    const info = attachInfo({
      place,
      backendId: pool.wire.backend.id,
      volume: { id: volumeId, format: seen.format, accessMode, imageName: seen.imageName ?? null },
      host: await door.engineHost.machines.versions(),
      wish: { bus, ...(cache === null ? {} : { cache }), ...wish },
    })
    requireDevice(info)
    return info
  }

  async #detach(uuid: string, volumeId: string, call: DiskCall): Promise<ChangedDisk> {
    const door = this.#parts.doors.door(call.operationId, call.deadlineAt, call.signal)
    const disks = machineDisks(door.host, this.#parts.uri)
    const before = await requireMachine(disks, uuid)
    const [now, next] = [diskOf(before.now, volumeId), diskOf(before.next, volumeId)]
    // First what is done at once: also where the machine does not let go, its next start is without it.
    for (const [found, scope] of [
      [next, { now: false, next: true }],
      [now, { now: true, next: false }],
    ] as const) {
      if (found === undefined) continue
      call.log(`$ virsh detach-disk --domain ${uuid} --target ${found.target} ${flagsOf(scope).join(' ')}`)
      await disks.detach(uuid, found.target, scope)
    }
    if (now !== undefined) await this.#untilGone(disks, { uuid, volumeId, target: now.target }, call.signal)
    return changed(before, (now ?? next)?.target ?? null)
  }

  async #untilGone(
    disks: MachineDisks,
    { uuid, volumeId, target }: { uuid: string; volumeId: string; target: string },
    signal: AbortSignal,
  ): Promise<void> {
    for (const endAt = performance.now() + (this.#parts.letGoMs ?? LET_GO_MS); ; ) {
      if (diskOf((await disks.find(uuid))?.now ?? null, volumeId) === undefined) return
      signal.throwIfAborted()
      if (performance.now() > endAt) break
      await pauseFor(LOOK_MS, signal)
    }
    throw new HoldfastError(
      'busy',
      `The machine does not let go of the disk ${target}: its system has to unmount it, and be able to give up disks while it runs. From its next start on it is without it.`,
    )
  }
}

function changed({ now, next }: DefinedDisks, target: string | null): ChangedDisk {
  return { target, isLive: now !== null, isKept: next !== null }
}

function wishedTarget(target: string | null): { target?: string } {
  return target === null ? {} : { target }
}

async function requireMachine(disks: MachineDisks, uuid: string): Promise<DefinedDisks> {
  const found = await disks.find(uuid)
  if (found === null) throw new HoldfastError('not_found', 'libvirt on this host has no such machine any more.')
  return found
}

async function seenVolume({ engine, open }: PlacedPool, volumeId: string, context: EngineContext): Promise<SeenVolume> {
  const seen = await engine.find(open, volumeId, context)
  if (seen === null) throw new HoldfastError('not_found', 'The volume is not on its storage.')
  if (seen.isTrashed) throw new HoldfastError('conflict', 'The volume is in the trash; restore it first.')
  if (seen.problem !== null) throw new HoldfastError('conflict', `The volume cannot be used. ${seen.problem.message}`)
  return seen
}

/** Is this image of the volume? Every image of one, under whichever name, lies in its directory or has its id for a name. */
export function isImageOf(image: string | null, volumeId: string): boolean {
  return image?.split('/').some((part) => part === volumeId || part.endsWith(`-${volumeId}`)) === true
}

function diskOf(disks: readonly DefinedDisk[] | null, volumeId: string): DefinedDisk | undefined {
  return disks?.find(({ image }) => isImageOf(image, volumeId))
}

/** Whatever its machine is doing: one that does not run may be started at any time. */
async function requireNoOther(disks: MachineDisks, uuid: string, { volumeId, accessMode }: WantedDisk): Promise<void> {
  if (accessMode === 'RWX') return
  const other = (await disks.all()).find((machine) => {
    const disk = machine.uuid === uuid ? undefined : diskOf(machine.disks, volumeId)
    return disk !== undefined && !(accessMode === 'ROX' && disk.isReadOnly)
  })
  if (other === undefined) return
  throw new HoldfastError('in_use', `The machine '${other.name}' on this host has the volume: detach it there first.`)
}

function placeOf({ open }: PlacedPool, reach: () => AttachPlace | null): AttachPlace {
  const place = open.place.kind === 'directory' ? { kind: open.place.kind, path: open.place.path } : reach()
  if (place !== null) return place
  throw new HoldfastError('unsupported', 'The settings of its backend do not say where its volumes are.')
}

/** libvirt would only say that there is no such file. */
function requireDevice({ device_path: device, notes }: AttachInfo): void {
  if (device === null || existsSync(device)) return
  throw new HoldfastError('conflict', `The volume has no device on this host now. ${notes[0] ?? ''}`.trimEnd())
}

/** What libvirt says of the usual reasons, with what helps. */
export function inWords(error: unknown): unknown {
  if (!(error instanceof CommandError)) return error
  const { stderr } = error
  const told = (code: 'conflict' | 'in_use', message: string) => new HoldfastError(code, message, { cause: error })
  if (/Failed to get (?:shared )?"[^"]+" lock/.test(stderr))
    return told('in_use', 'Another program has the volume open: stop that first.')
  if (/no more available PCI|does not support hotplugging/i.test(stderr))
    return told(
      'conflict',
      'The machine has no free slot for a disk while it runs: stop it first, or take the bus scsi where it has a controller for that.',
    )
  if (/cannot be hotplugged|Could not find \w+ controller/.test(stderr))
    return told(
      'conflict',
      'A disk of this bus cannot be attached while the machine runs: take another one, or stop it first.',
    )
  return error
}
