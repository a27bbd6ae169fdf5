import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { NodeChildren } from '@/agent/host/exec/node-children'
import { Redactor } from '@/agent/host/exec/redact'
import { Runner } from '@/agent/host/exec/run'
import { createRecords } from '@/agent/host/files/records'
import { RuntimeDirectory } from '@/agent/host/files/runtime-directory'
import { FuseDaemons } from '@/agent/host/fuse/daemons'
import { type GuardState, guardMountPoint, probeGuard, removeMountPoint } from '@/agent/host/mounting/guard'
import { isWithin, readMounts } from '@/agent/host/mounting/mountinfo'
import { type MountContext, mountFileSystem, mountsAt, unmountTarget } from '@/agent/host/mounting/mounts'
import { type BindSourceRule, errorCode } from '@/agent/host/mounting/paths'
import type { PlaceRecords } from '@/agent/host/mounting/place-records'
import { type PlacePolicy, Places } from '@/agent/host/mounting/places'
import { Prober } from '@/agent/host/mounting/probe'
import { Programs } from '@/agent/host/programs/programs'
import { detectServices, type ServiceManager } from '@/agent/host/services/services'
import type { DriverHost, MountEntry } from '@/lib/drivers/contract/driver-host'
import { HoldfastError } from '@/lib/errors'
import { orFullDisk } from './files/full-disk'
import { createNetwork, freePort } from './network'

export interface HostPolicy extends PlacePolicy {
  /** Throws `policy_denied`. */
  checkAddress(address: string): void
  /** What `checkAddress` refuses, as networks, for daemons that connect by themselves. */
  readonly closedNetworks: readonly string[]
  readonly allowsUnfilteredDaemons: boolean
  readonly sources: BindSourceRule
}

export interface HostOptions {
  /** tmpfs directory of this agent, such as /run/holdfast-agent. */
  runDir: string
  /** Local disk: journal, caches of FUSE daemons. */
  stateDir: string
  policy: () => HostPolicy
  /** What the journal knows of mountpoints. */
  places: PlaceRecords
  /** Where this agent listens. */
  ownPort?: number
  /** Of this host in its fleet. */
  hostId: string
  /** Is this backend to stay open here? Absent: none is. */
  keepsOpen?: (backendId: string) => boolean
  /** Without root in the first user namespace: secrets may lie on a disk, if it must be. */
  namespaceMode?: boolean
  services?: ServiceManager
}

export interface OperationLimits {
  operationId: string
  /** `performance.now()` time. */
  deadlineAt: number
  signal: AbortSignal
  /** Hears which commands change what is mounted, and how they ended. */
  tell?: (line: string) => void
}

/** One operation's door: its own deadline, its own redactor, its own children. */
export interface Door {
  host: DriverHost
  runner: Runner
  redactor: Redactor
  mountContext: MountContext
}

/** Commands of drivers whose last argument is a mountpoint. */
const PLACE_COMMANDS = new Set(['mount', 'umount'])

/** In the environment of every child of an operation, so that the next agent finds what a killed one left running. */
export const MARK = 'HOLDFAST_AGENT'

/** The real machine behind `DriverHost`. */
export class Host {
  readonly prober = new Prober()
  readonly runtime: RuntimeDirectory
  readonly fuse: FuseDaemons
  /** Of jobs. */
  readonly programs: Programs
  /** Of the runtime directory; tells our children from another agent's. */
  readonly mark: string
  /** Where this agent may mount, and what it has made. */
  readonly places: Places
  readonly #children: NodeChildren
  readonly #policy: () => HostPolicy
  readonly #ownPort: number | undefined
  readonly #hostId: string
  readonly #keepsOpen: (backendId: string) => boolean

  private constructor(runtime: RuntimeDirectory, options: HostOptions) {
    this.runtime = runtime
    this.mark = options.runDir
    this.#children = new NodeChildren({ [MARK]: this.mark })
    this.#policy = options.policy
    const scratch = join(runtime.path, 'scratch')
    this.places = new Places({ policy: options.policy, records: options.places, scratch })
    this.#ownPort = options.ownPort
    this.#hostId = options.hostId
    this.#keepsOpen = options.keepsOpen ?? (() => false)
    const services = options.services ?? detectServices()
    this.fuse = new FuseDaemons(runtime, join(options.stateDir, 'cache'), services)
    this.programs = new Programs(runtime, services)
  }

  /** Throws `policy_denied` when secrets would lie on a disk. */
  static async open(options: HostOptions): Promise<Host> {
    const allowDisk = options.namespaceMode ?? false
    const runtime = await RuntimeDirectory.open(new Runner(), options.runDir, { allowDisk })
    return new Host(runtime, options)
  }

  /** Can mountpoints be made immutable on the disk of this directory? */
  guardState(besides: string): Promise<GuardState> {
    return probeGuard(new Runner(), this.places, besides)
  }

  open(limits: OperationLimits): Door {
    const { deadlineAt, signal, tell } = limits
    const redactor = new Redactor()
    const env = { [MARK]: this.mark }
    const runner = new Runner({
      deadlineAt,
      signal,
      redactor,
      env,
      children: this.#children,
      ...(tell ? { tell } : {}),
    })
    const checkAddress = (address: string) => this.#policy().checkAddress(address)
    const mountContext = { runner, prober: this.prober, sources: this.#policy().sources, checkAddress }
    return { host: this.#driverHost(mountContext, limits), runner, redactor, mountContext }
  }

  /** What a killed agent may have left: secret files and scratch mounts. Desired mounts are not touched. */
  async clean(): Promise<string[]> {
    this.runtime.clearSecretFiles()
    const door = this.open({
      operationId: 'clean',
      deadlineAt: performance.now() + 60_000,
      signal: new AbortController().signal,
    })
    const scratch = this.runtime.directory('scratch')
    const left: string[] = []
    for (const unit of await this.fuse.adopt(door.mountContext)) {
      if (isWithin(unit.target, scratch))
        await settle(left, unit.unit, () => door.host.fuse.stop(unit.unit, unit.target))
    }
    for (const entry of readMounts().filter((mount) => mount.target !== scratch && isWithin(mount.target, scratch))) {
      await settle(left, entry.target, () => unmountTarget(door.mountContext, this.places.touch(entry.target)))
    }
    return left
  }

  /** The last thing to be called. What outlives the agent keeps its files. */
  async close(): Promise<void> {
    this.#children.close()
    this.fuse.close()
    await this.runtime.release(new Runner()).catch(() => undefined)
  }

  /** Stops every storage daemon and every program of a job: for a namespace that ends with the agent. */
  async stopDaemons(): Promise<void> {
    const door = this.open({
      operationId: 'stop',
      deadlineAt: performance.now() + 20_000,
      signal: new AbortController().signal,
    })
    // Before the daemons, whose mounts they may work on.
    await this.programs.stopAll()
    for (const { unit, target } of await this.fuse.adopt(door.mountContext)) {
      await settle([], unit, () => door.host.fuse.stop(unit, target))
    }
  }

  #driverHost(context: MountContext, limits: OperationLimits): DriverHost {
    const { runner } = context
    const statfs = (path: string) => this.prober.statfs(path, { deadlineMs: 1_000 })
    return {
      run: async (command, args, options) => {
        // For flags of a mount of its own; what else they do to mountpoints is among the verbs below.
        if (PLACE_COMMANDS.has(command)) this.places.touch(args.at(-1) ?? '')
        try {
          return await runner.run(command, args, options)
        } catch (error) {
          throw await orFullDisk(error, statfs)
        }
      },
      net: createNetwork({
        checkAddress: (address) => this.#policy().checkAddress(address),
        redactor: runner.redactor,
        deadlineAt: limits.deadlineAt,
        signal: limits.signal,
        ...(this.#ownPort === undefined ? {} : { ownPort: this.#ownPort }),
      }),
      mounts: {
        list: readMounts,
        mount: async (request): Promise<MountEntry> =>
          mountFileSystem(context, this.places.allow(request.target), request),
        unmount: async (target) => {
          if (mountsAt(target).length > 0) await unmountTarget(context, this.places.touch(target))
        },
      },
      fuse: {
        paths: (unit) => this.fuse.paths(unit),
        freePort,
        start: async (daemon) => {
          if (daemon.dataDirectory !== undefined) context.sources.checkData(daemon.dataDirectory)
          await this.fuse.start(context, this.places.allow(daemon.target), daemon, this.#policy())
        },
        stop: (unit, target, options) => this.fuse.stop(context, unit, this.places.find(target), options),
        isRunning: (unit) => this.fuse.isRunning(context, unit),
        control: (unit, method, parameters = {}) => this.fuse.control(unit, method, parameters, 10_000),
        log: (unit) => this.fuse.log(context, unit),
      },
      probe: {
        statfs: (path) => this.prober.statfs(path, { signal: limits.signal }),
        list: (path) => this.prober.list(path, { signal: limits.signal }),
        writeReadDelete: (path) => this.prober.writeReadDelete(path, { signal: limits.signal }),
        readText: (path) => this.prober.readText(path, { signal: limits.signal }),
        stat: async (path) => {
          // Also the kind of a path is told only where its content may be handed out.
          context.sources.check(path)
          return this.prober.stat(path, { signal: limits.signal })
        },
      },
      records: createRecords(this.runtime),
      hostId: this.#hostId,
      keepsOpen: this.#keepsOpen,
      scratch: () => this.#scratch(context),
      secretFile: async (content) => {
        const file = this.runtime.secretFile(content)
        return { path: file.path, done: async () => file.done() }
      },
    }
  }

  async #scratch(context: MountContext): Promise<{ path: string; done(): Promise<void> }> {
    const path = join(this.runtime.directory('scratch'), randomBytes(8).toString('hex'))
    const place = this.places.allow(path)
    const point = await guardMountPoint(context.runner, place)
    point.close()
    return {
      path,
      done: async () => {
        // The operation may be out of time; what it made is taken away all the same.
        const signal = new AbortController().signal
        const late = this.open({ operationId: 'clean', deadlineAt: performance.now() + 30_000, signal }).mountContext
        await unmountTarget(late, place)
        const made = this.places.owned(path)
        if (made !== null) await removeMountPoint(late.runner, made)
      },
    }
  }
}

async function settle(left: string[], what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    left.push(`${what}: ${error instanceof HoldfastError ? error.code : errorCode(error)}`)
  }
}

/** Changes with every boot of the machine. */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
}
