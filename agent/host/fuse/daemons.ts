import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { COMMANDS, isCommandName, locateCommand } from '@/agent/host/exec/commands'
import { isAlive, type ProcessIdentity } from '@/agent/host/exec/processes'
import { fullDiskOf } from '@/agent/host/files/full-disk'
import { type RuntimeDirectory, writeSecret } from '@/agent/host/files/runtime-directory'
import { makeDirectory, writeWhole } from '@/agent/host/files/write-file'
import { guardMountPoint } from '@/agent/host/mounting/guard'
import { readMounts } from '@/agent/host/mounting/mountinfo'
import { type MountContext, mountsAt, unmountTarget } from '@/agent/host/mounting/mounts'
import type { AllowedPlace, TouchablePlace } from '@/agent/host/mounting/places'
import { environmentFile, type ServiceManager, type ServiceSpec } from '@/agent/host/services/services'
import type { FuseDaemon, FusePaths, MountEntry } from '@/lib/drivers/contract/driver-host'
import { diskProblem, HoldfastError } from '@/lib/errors'
import { pauseFor } from '@/lib/pause'
import { programText } from '@/lib/program-text'
import { reveal, Secret } from '@/lib/secret'
import { CAGE_PARTS, keepCage, openCage } from './cage'
import { askDaemon } from './control'
import { type DaemonLimits, type DaemonNetworkPlan, planNetwork } from './network-filter'
import { superviseFuse } from './supervisor'
import { renderUnit } from './unit'

const READY_MS = 45_000
const LIVENESS_MS = 700
const UNIT_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/
/** In the cache directory: the daemon was unmounted in order, so nothing in there waits to be uploaded. */
const CLEAN = '.holdfast-clean'

const Control = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('unix'),
    socket: z.string(),
    user: z.string().optional(),
    password: z.string().optional(),
  }),
  z.object({
    kind: z.literal('tcp'),
    port: z.int(),
    user: z.string(),
    password: z.string(),
    from: z.string().optional(),
  }),
])
const UnitFile = z.object({ target: z.string(), control: Control.nullable() })

export interface KnownUnit {
  unit: string
  target: string
  daemon: ProcessIdentity | null
}

/**
 * FUSE daemons of this host. They belong to systemd or to a supervisor of their own and outlive the agent; what is known of
 * them is in the runtime directory, so a new agent finds them again.
 */
export class FuseDaemons {
  readonly #runtime: RuntimeDirectory
  readonly #cacheRoot: string
  readonly #services: ServiceManager
  readonly #known = new Map<string, KnownUnit>()
  #liveness: NodeJS.Timeout | undefined
  #onDeath: (unit: KnownUnit) => void = () => undefined

  constructor(runtime: RuntimeDirectory, cacheRoot: string, services: ServiceManager) {
    this.#runtime = runtime
    this.#cacheRoot = cacheRoot
    this.#services = services
  }

  /** A killed daemon changes nothing in mountinfo; so while there are daemons, their processes are looked at (20 µs each). */
  watch(onDeath: (unit: KnownUnit) => void): void {
    this.#onDeath = onDeath
    this.#keepWatching()
  }

  close(): void {
    clearTimeout(this.#liveness)
    this.#liveness = undefined
    this.#onDeath = () => undefined
  }

  paths(unit: string): FusePaths {
    const name = checked(unit)
    const directory = join(this.#runtime.path, 'fuse', name)
    return { directory, socket: join(directory, 'control.sock'), cache: join(this.#cacheRoot, name) }
  }

  /** What an earlier agent left running. */
  async adopt(context: MountContext): Promise<KnownUnit[]> {
    for (const unit of readdirSync(this.#runtime.directory('fuse'))) {
      const file = readUnitFile(this.paths(unit).directory)
      if (file === null) continue
      this.#known.set(unit, { unit, target: file.target, daemon: await this.#daemon(context, unit) })
    }
    this.#keepWatching()
    return [...this.#known.values()]
  }

  /** Resolves when the target is a FUSE mount of a running daemon. Running already: success. */
  async start(
    context: MountContext,
    place: AllowedPlace,
    wanted: Omit<FuseDaemon, 'target'>,
    limits: DaemonLimits,
  ): Promise<MountEntry> {
    const daemon: FuseDaemon = { ...wanted, target: place.path }
    const paths = this.paths(daemon.unit)
    const [present] = mountsAt(daemon.target)
    if (present !== undefined) {
      if (present.fsType.startsWith('fuse') && (await this.isRunning(context, daemon.unit))) return present
      throw new HoldfastError('conflict', `${daemon.target} is a mountpoint already (${present.fsType}).`)
    }
    const network = await planNetwork(this.#services.kind, daemon, paths, limits, context.runner)
    await this.#services.stop(context.runner, daemon.unit, paths.directory)
    const point = await guardMountPoint(context.runner, place)
    point.close()
    this.#write(daemon, paths, network, context)
    try {
      context.runner.tellCommand(daemon.command, daemon.args)
      await this.#services.start(context.runner, serviceOf(daemon, paths.directory, network))
      const entry = await this.#untilMounted(context, daemon, paths)
      context.runner.tell(`${daemon.command} serves ${daemon.target} as ${daemon.unit}.`)
      writeWhole(join(paths.directory, 'ready'), '', { mode: 0o600 })
      const running = await this.#daemon(context, daemon.unit)
      this.#known.set(daemon.unit, { unit: daemon.unit, target: daemon.target, daemon: running })
      this.#keepWatching()
      return entry
    } catch (error) {
      const said = await this.log(context, daemon.unit).catch(() => '')
      await this.#services.stop(context.runner, daemon.unit, paths.directory).catch(() => undefined)
      if (!(error instanceof HoldfastError) || said === '') throw error
      const full = await fullDiskOf(said, (path) => context.prober.statfs(path, { deadlineMs: 1_000 }))
      if (full !== null) throw full
      const lines = said.trim().split('\n').slice(-3).join(' ')
      throw new HoldfastError(error.code, `${error.message} It said: ${lines}`, { details: { log: said.slice(-4096) } })
    }
  }

  /**
   * Throws `busy` while the mount is in use; then the daemon goes on running. `place`: where it mounts; null where nothing of ours can
   * be, and then nothing is unmounted.
   */
  async stop(
    context: MountContext,
    unit: string,
    place: TouchablePlace | null,
    options: { discardCache?: boolean } = {},
  ): Promise<void> {
    const paths = this.paths(unit)
    const wasRunning = await this.isRunning(context, unit)
    const mounted = () => (place === null ? [] : mountsAt(place.path))
    const wasMounted = mounted().length > 0
    const known = this.#known.get(unit)
    this.#known.delete(unit)
    try {
      if (place !== null) await unmountTarget(context, place)
      await this.#services.stop(context.runner, unit, paths.directory)
      // One that took the place of a dead daemon may have mounted in between; nothing serves that any more.
      if (place !== null && mounted().every(({ fsType }) => fsType.startsWith('fuse'))) {
        await unmountTarget(context, place)
      }
    } catch (error) {
      if (known !== undefined) this.#known.set(unit, known)
      throw error
    }
    if (options.discardCache) rmSync(paths.cache, { recursive: true, force: true })
    else if (wasRunning && wasMounted && existsSync(paths.cache)) markClean(paths.cache)
    rmSync(paths.directory, { recursive: true, force: true })
  }

  async isRunning(context: MountContext, unit: string): Promise<boolean> {
    if (readUnitFile(this.paths(unit).directory) === null) return false
    const known = this.#known.get(unit)
    if (known?.daemon && isAlive(known.daemon)) return true
    return (await this.#daemon(context, unit)) !== null
  }

  /** It ended by itself and will not be started again, as after an unmount from outside. */
  hasEnded(context: MountContext, unit: string): Promise<boolean> {
    return this.#services.ended(context.runner, unit, this.paths(unit).directory)
  }

  async control(unit: string, method: string, parameters: Record<string, unknown>, ms: number): Promise<unknown> {
    const control = readUnitFile(this.paths(unit).directory)?.control
    if (!control) throw new HoldfastError('not_found', 'This storage daemon does not run or cannot be asked.')
    return askDaemon(control, method, parameters, ms)
  }

  async log(context: MountContext, unit: string): Promise<string> {
    const text = await this.#services.log(context.runner, unit, this.paths(unit).directory)
    return context.runner.redactor.redact(text)
  }

  /** Deletes the cache directories whose unit carries this id, unless uploads may still wait in them. Returns those kept. */
  discardCaches(id: string): string[] {
    if (!existsSync(this.#cacheRoot)) return []
    const mine = readdirSync(this.#cacheRoot).filter((name) => UNIT_NAME.test(name) && name.includes(id))
    return mine.filter((name) => {
      const path = join(this.#cacheRoot, name)
      const clean = existsSync(join(path, CLEAN))
      if (clean) rmSync(path, { recursive: true, force: true })
      return !clean
    })
  }

  #write(daemon: FuseDaemon, paths: FusePaths, network: DaemonNetworkPlan, context: MountContext): void {
    this.#runtime.directory('fuse', daemon.unit)
    for (const name of ['ready', 'state.json', 'log']) rmSync(join(paths.directory, name), { force: true })
    makeDirectory(paths.cache)
    rmSync(join(paths.cache, CLEAN), { force: true })
    for (const [name, secret] of Object.entries(daemon.secretFiles)) {
      if (!/^[a-z0-9][a-z0-9.-]{0,40}$/.test(name))
        throw new HoldfastError('internal', 'A secret file has an odd name.')
      context.runner.redactor.add(secret)
      writeSecret(join(paths.directory, name), secret)
    }
    const file = { ...supervised(daemon, network), control: network.control }
    writeSecret(join(paths.directory, 'unit.json'), JSON.stringify(file))
  }

  async #untilMounted(context: MountContext, daemon: FuseDaemon, paths: FusePaths): Promise<MountEntry> {
    const until = performance.now() + READY_MS
    for (let look = 0; performance.now() < until; look++) {
      const [entry, ...more] = readMounts().filter((mount) => mount.target === daemon.target)
      if (more.length > 0) throw new HoldfastError('conflict', `Something else was mounted at ${daemon.target}.`)
      if (entry !== undefined) return entry
      if (look % 10 === 9 && (await this.#services.ended(context.runner, daemon.unit, paths.directory))) {
        throw new HoldfastError('command_failed', `${daemon.command} ended before it had mounted.`)
      }
      await pauseFor(15)
    }
    throw new HoldfastError('timed_out', `${daemon.command} did not mount within ${READY_MS / 1000} s.`)
  }

  #daemon(context: MountContext, unit: string): Promise<ProcessIdentity | null> {
    return this.#services.daemon(context.runner, unit, this.paths(unit).directory)
  }

  /** Is there a daemon at this target whose process is not known? */
  isUnknown(target: string): boolean {
    return [...this.#known.values()].some((known) => known.target === target && known.daemon === null)
  }

  /** Looks up the daemons that took the place of dead ones at this target. */
  async refresh(context: MountContext, target: string): Promise<void> {
    for (const known of this.#known.values()) {
      if (known.target === target && known.daemon === null) known.daemon = await this.#daemon(context, known.unit)
    }
  }

  #keepWatching(): void {
    if (this.#known.size === 0 || this.#liveness !== undefined) return
    this.#liveness = setTimeout(() => {
      this.#liveness = undefined
      for (const known of this.#known.values()) {
        if (known.daemon === null || isAlive(known.daemon)) continue
        known.daemon = null
        this.#onDeath(known)
      }
      this.#keepWatching()
    }, LIVENESS_MS)
    this.#liveness.unref()
  }
}

function supervised(daemon: FuseDaemon, { cage }: DaemonNetworkPlan) {
  const umount = locateCommand('umount')
  const command = isCommandName(daemon.command) ? locateCommand(daemon.command) : null
  if (command === null || umount === null) {
    throw new HoldfastError('tool_missing', `The command ${daemon.command} is not installed on this host.`, {
      details: {
        command: command === null ? daemon.command : 'umount',
        known: Object.hasOwn(COMMANDS, daemon.command),
      },
    })
  }
  const env: Record<string, string> = {}
  for (const [name, value] of Object.entries(daemon.env ?? {}))
    env[name] = value instanceof Secret ? reveal(value) : value
  return { command, args: daemon.args, env, target: daemon.target, umount, cage }
}

function serviceOf(daemon: FuseDaemon, directory: string, network: DaemonNetworkPlan): ServiceSpec {
  const { cage, env, ...unit } = supervised(daemon, network)
  return {
    unit: daemon.unit,
    directory,
    environment: env,
    unitFile: renderUnit({
      ...unit,
      description: `Holdfast storage daemon ${daemon.unit}`,
      notifies: daemon.notifies ?? false,
      environmentFile: environmentFile(directory),
      ...(network.filter === null ? {} : { filter: network.filter }),
    }),
    scripts: {
      'supervisor.cjs': programText(superviseFuse, [directory, openCage], CAGE_PARTS),
      ...(cage === null ? {} : { 'cage.cjs': programText(keepCage, [cage]) }),
    },
  }
}

/** On a full disk it goes without the mark: then the cache is kept, which is the safe side. */
function markClean(cache: string): void {
  try {
    writeWhole(join(cache, CLEAN), '', { mode: 0o600 })
  } catch (error) {
    if (!diskProblem(error)) throw error
  }
}

function readUnitFile(directory: string): z.infer<typeof UnitFile> | null {
  try {
    return UnitFile.parse(JSON.parse(readFileSync(join(directory, 'unit.json'), 'utf8')))
  } catch {
    return null
  }
}

function checked(unit: string): string {
  if (!UNIT_NAME.test(unit)) throw new HoldfastError('internal', 'The name of a storage daemon is not acceptable.')
  return unit
}
