import type {
  CommandResult,
  DriverHost,
  FuseDaemon,
  HostRecords,
  HttpAnswer,
  HttpRequest,
  MountEntry,
  ProbeAnswer,
  RunOptions,
  StatfsAnswer,
  TextAnswer,
} from '@/lib/drivers/contract/driver-host'
import type { BindMountRequest, KernelMountRequest } from '@/lib/drivers/contract/mount-request'
import { isIpv4Literal, isIpv6Literal } from '@/lib/drivers/grammar'
import { askedOptions } from '@/lib/drivers/mounting/commands'
import { optionWord } from '@/lib/drivers/options/mount-options'
import { CommandError } from '@/lib/drivers/problems/command-error'
import { ProblemError } from '@/lib/drivers/problems/problem'
import { HoldfastError } from '@/lib/errors'
import { reveal, Secret } from '@/lib/secret'

/** One storage that the fake host can reach: an export, a bucket seen through FUSE, or a local directory. */
export interface FakeStorage {
  /** `hung`: every look at it waits for ever. An errno: every look fails with it. */
  state: 'ok' | 'hung' | { errno: string }
  /** Set: writing fails with this errno although reading works. */
  writeErrno?: string
  totalBytes: number
  freeBytes: number
}

export interface FakeKernel {
  fsType(request: KernelMountRequest): string
  missing(request: KernelMountRequest): string
}

type Answer = CommandResult | Error | 'hang'

const GIB = 1024 ** 3

export function fakeStorage(change: Partial<FakeStorage> = {}): FakeStorage {
  return { state: 'ok', totalBytes: 100 * GIB, freeBytes: 60 * GIB, ...change }
}

/** A failing command, as the real exec wrapper throws it. */
export function failure(command: string, exitCode: number, stderr: string): CommandError {
  return new CommandError({ command, exitCode, signal: null, stderr, stdout: '' })
}

/**
 * A host in memory: a mount table, storages that can hang, fail or fill up, scripted commands, FUSE daemons and a network.
 * It keeps the promises of `DriverHost`: mounting over something is refused, unmounting twice is fine, nothing waits past
 * `deadlineAt`.
 */
export class FakeHost implements DriverHost {
  /** Kernel mounts by source; a source that is not here cannot be mounted. */
  readonly storages = new Map<string, FakeStorage>()
  /** What paths on the host are; directories can be bound. */
  readonly paths = new Map<string, 'directory' | 'file' | 'other'>()
  /** Small files that drivers may read. */
  readonly files = new Map<string, string>()
  readonly answers = new Map<string, Answer | ((args: readonly string[]) => Answer)>()
  readonly addresses = new Map<string, string[]>()
  readonly openPorts = new Set<string>()
  /** Addresses that the policy of this host does not let it talk to. */
  readonly denied = new Set<string>()
  /** Targets that something holds. */
  readonly holders = new Map<string, string>()
  readonly daemons = new Map<string, FuseDaemon>()
  readonly secretFiles = new Map<string, string>()
  readonly scratches = new Set<string>()
  /** Small local files (sysfs, settings) by path; what `writeSecret` wrote is in here too. */
  readonly localFiles = new Map<string, string>()
  /** Those of them that were written with `writeSecret`. */
  readonly secretRecords = new Set<string>()
  readonly hostId: string
  /** Backends that its agent keeps open. */
  readonly kept = new Set<string>()
  /** `performance.now()` time at which everything that hangs is given up, as the agent does. */
  deadlineAt = Number.POSITIVE_INFINITY
  mountFailure: Answer | null = null
  /** How mountinfo calls what was mounted, and what mount says to a source that is not there. */
  kernel: FakeKernel = {
    fsType: ({ fsType }) => fsType,
    missing: ({ source }) => `mount: special device ${source} does not exist.`,
  }
  http: (request: HttpRequest) => Promise<HttpAnswer> = async () => {
    throw new HoldfastError('backend_unreachable', 'connect ECONNREFUSED', { details: { errno: 'ECONNREFUSED' } })
  }
  /** What a started daemon shows at its target; null: it ends without mounting. */
  fuseStorage: (daemon: FuseDaemon) => { storage: FakeStorage; fsType: string; source: string } | null = () => null
  controls: (unit: string, method: string) => unknown = () => undefined
  #table: { entry: MountEntry; storage: FakeStorage; unit?: string }[] = []
  #nextId = 100

  constructor(hostId = 'hst_fake') {
    this.hostId = hostId
    this.#push({ device: '8:1', root: '/', target: '/', fsType: 'ext4', source: '/dev/sda1' }, fakeStorage(), [])
  }

  /** Waits until the deadline, then fails as the agent's runner does. */
  async #hang(what: string): Promise<never> {
    const left = this.deadlineAt - performance.now()
    if (left < Number.POSITIVE_INFINITY) await new Promise((resolve) => setTimeout(resolve, Math.max(0, left)))
    else await new Promise(() => undefined)
    throw new HoldfastError('timed_out', `${what} did not finish in time.`, { details: { command: what } })
  }

  async #give(command: string, answer: Answer, options: RunOptions = {}): Promise<CommandResult> {
    if (answer === 'hang') return await this.#hang(command)
    if (!(answer instanceof Error)) return answer
    const isAnswer = answer instanceof CommandError && options.okExitCodes?.includes(answer.exitCode ?? -1)
    if (!isAnswer) throw answer
    return { exitCode: answer.exitCode ?? 0, stdout: answer.stdout, stderr: answer.stderr }
  }

  #push(
    place: Pick<MountEntry, 'device' | 'root' | 'target' | 'fsType' | 'source'>,
    storage: FakeStorage,
    options: string[],
    unit?: string,
  ): MountEntry {
    const entry: MountEntry = { ...place, mountId: this.#nextId++, parentId: 1, options, superOptions: ['rw'] }
    this.#table.push({ entry, storage, ...(unit === undefined ? {} : { unit }) })
    return entry
  }

  /** Puts a mount there that is not ours. */
  mountForeign(target: string, fsType = 'tmpfs', source = 'tmpfs'): void {
    this.#push({ device: '0:99', root: '/', target, fsType, source }, fakeStorage(), ['rw'])
  }

  #at(path: string): FakeStorage {
    const holders = this.#table.filter(
      ({ entry }) => entry.target === '/' || path === entry.target || path.startsWith(`${entry.target}/`),
    )
    const top = holders.reduce((best, next) => (next.entry.target.length >= best.entry.target.length ? next : best))
    return top.storage
  }

  keepsOpen(backendId: string): boolean {
    return this.kept.has(backendId)
  }

  async run(command: string, args: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
    const answer = this.answers.get(command)
    if (answer === undefined && command === 'mount') return this.#remount(args)
    if (answer === undefined) {
      throw new HoldfastError('tool_missing', `The command ${command} is not installed on this host.`, {
        details: { command },
      })
    }
    return await this.#give(command, typeof answer === 'function' ? answer(args) : answer, options)
  }

  /** `mount -o remount,bind,… -- TARGET` changes the flags of a mount that is there. */
  #remount(args: readonly string[]): CommandResult {
    const words = (args[args.indexOf('-o') + 1] ?? '').split(',')
    const mounted = this.#table.findLast(({ entry }) => entry.target === args.at(-1))
    if (!words.includes('remount') || mounted === undefined)
      throw failure('mount', 32, 'mount: mount point not mounted or bad option.')
    mounted.entry.options = words.filter((word) => word !== 'remount' && word !== 'bind')
    return { exitCode: 0, stdout: '', stderr: '' }
  }

  readonly net = {
    resolve: async (name: string): Promise<string[]> => {
      const found = this.addresses.get(name) ?? (isIpv4Literal(name) || isIpv6Literal(name) ? [name] : undefined)
      for (const address of found ?? []) this.#expectAllowed(address)
      if (found !== undefined) return found
      throw new HoldfastError('backend_unreachable', `getaddrinfo ENOTFOUND ${name}`, {
        details: { errno: 'ENOTFOUND' },
      })
    },
    connect: async (host: string, port: number): Promise<number> => {
      for (const address of this.addresses.get(host) ?? [host]) this.#expectAllowed(address)
      if (this.openPorts.has(`${host}:${port}`)) return 0.4
      throw new HoldfastError('backend_unreachable', `connect ECONNREFUSED ${host}:${port}`, {
        details: { errno: 'ECONNREFUSED' },
      })
    },
    request: async (request: HttpRequest): Promise<HttpAnswer> => {
      const { hostname } = new URL(request.url)
      for (const address of this.addresses.get(hostname) ?? [request.address ?? hostname]) this.#expectAllowed(address)
      return await this.http(request)
    },
  }

  #expectAllowed(address: string): void {
    if (this.denied.has(address)) throw new HoldfastError('policy_denied', `Storage cannot be at ${address}.`)
  }

  readonly mounts = {
    list: (): MountEntry[] => this.#table.map(({ entry }) => ({ ...entry })),
    mount: async (request: KernelMountRequest | BindMountRequest): Promise<MountEntry> => {
      if (this.#table.some(({ entry }) => entry.target === request.target)) {
        throw new HoldfastError('conflict', 'Something is mounted there already.')
      }
      if (this.mountFailure !== null) await this.#give('mount', this.mountFailure)
      const flags = askedOptions(request).map(optionWord)
      if (request.kind === 'bind') return this.#bind(request, flags)
      const { source, target } = request
      const storage = this.storages.get(source)
      if (storage === undefined) throw failure('mount', 32, this.kernel.missing(request))
      const fsType = this.kernel.fsType(request)
      return this.#push({ device: '0:50', root: '/', target, fsType, source }, storage, flags)
    },
    unmount: async (target: string): Promise<void> => {
      const index = this.#table.findLastIndex(({ entry }) => entry.target === target)
      if (index < 0) return
      const holder = this.holders.get(target)
      if (holder !== undefined)
        throw new ProblemError('mount.busy', { path: target, holders: holder }, { details: { holders: [holder] } })
      this.#table.splice(index, 1)
    },
  }

  #bind(request: BindMountRequest, flags: string[]): MountEntry {
    if (this.paths.get(request.source) !== 'directory') {
      throw failure('mount', 32, `mount: ${request.target}: special device ${request.source} does not exist.`)
    }
    const storage = this.storages.get(request.source) ?? this.#at(request.source)
    const place = { device: '8:1', root: request.source, target: request.target, fsType: 'ext4', source: '/dev/sda1' }
    return this.#push(place, storage, flags)
  }

  readonly fuse = {
    paths: (unit: string) => ({
      directory: `/run/holdfast/fuse/${unit}`,
      socket: `/run/holdfast/fuse/${unit}/control.sock`,
      cache: `/var/cache/holdfast/${unit}`,
    }),
    freePort: async (): Promise<number> => 45_678,
    start: async (daemon: FuseDaemon): Promise<void> => {
      if (this.daemons.has(daemon.unit)) return
      const shown = this.fuseStorage(daemon)
      if (shown === null) throw new HoldfastError('command_failed', `${daemon.command} ended before it had mounted.`)
      const { storage, fsType, source } = shown
      this.daemons.set(daemon.unit, daemon)
      const flags = [daemon.args.includes('--read-only') ? 'ro' : 'rw', 'nosuid', 'nodev']
      this.#push({ device: '0:60', root: '/', target: daemon.target, fsType, source }, storage, flags, daemon.unit)
    },
    stop: async (unit: string, target: string): Promise<void> => {
      await this.mounts.unmount(target)
      this.daemons.delete(unit)
    },
    isRunning: async (unit: string): Promise<boolean> => this.daemons.has(unit),
    control: async (unit: string, method: string): Promise<unknown> => {
      if (!this.daemons.has(unit)) throw new HoldfastError('command_failed', `${unit} does not run.`)
      return this.controls(unit, method)
    },
    log: async (): Promise<string> => 'rclone: the last line of the log',
  }

  /** Kills a daemon: its mount stays in the table and every look at it fails. */
  killDaemon(unit: string): void {
    this.daemons.delete(unit)
    for (const mounted of this.#table) {
      if (mounted.unit === unit) mounted.storage = fakeStorage({ state: { errno: 'ENOTCONN' } })
    }
  }

  #look(path: string): ProbeAnswer {
    const { state } = this.#at(path)
    if (state === 'hung') return { state: 'hung', durationMs: 5_000 }
    return state === 'ok' ? { state: 'ok', durationMs: 1 } : { state: 'failed', errno: state.errno, durationMs: 1 }
  }

  readonly probe = {
    statfs: async (path: string): Promise<StatfsAnswer> => {
      const look = this.#look(path)
      if (look.state !== 'ok') return look
      const { totalBytes, freeBytes } = this.#at(path)
      const inodes = { totalInodes: 1_000_000, freeInodes: 990_000 }
      return { state: 'ok', totalBytes, freeBytes, availableBytes: freeBytes, ...inodes, durationMs: 1 }
    },
    list: async (path: string): Promise<ProbeAnswer> => this.#look(path),
    writeReadDelete: async (path: string): Promise<ProbeAnswer> => {
      const look = this.#look(path)
      const { writeErrno, freeBytes } = this.#at(path)
      const errno = writeErrno ?? (freeBytes === 0 ? 'ENOSPC' : undefined)
      return look.state === 'ok' && errno !== undefined ? { state: 'failed', errno, durationMs: 1 } : look
    },
    readText: async (path: string): Promise<TextAnswer> => {
      const text = this.files.get(path)
      return text === undefined ? { state: 'failed', errno: 'ENOENT' } : { state: 'ok', text }
    },
    stat: async (path: string) => ({ kind: this.paths.get(path) ?? ('missing' as const) }),
  }

  async scratch() {
    const path = `/run/holdfast/scratch/${this.#nextId++}`
    this.scratches.add(path)
    const done = async () => {
      if (this.#table.some(({ entry }) => entry.target === path))
        throw new HoldfastError('busy', 'The scratch place is still mounted.')
      this.scratches.delete(path)
    }
    return { path, done }
  }

  readonly records: HostRecords = {
    read: async (path) => this.localFiles.get(path) ?? null,
    list: async (path) => {
      const names = [...this.localFiles.keys()]
        .filter((file) => file.startsWith(`${path}/`))
        .map((file) => file.slice(path.length + 1).split('/')[0] ?? '')
      return [...new Set(names)].sort()
    },
    writeSecret: async (path, content) => {
      this.localFiles.set(path, reveal(content))
      this.secretRecords.add(path)
    },
    isOurs: async (path) => this.secretRecords.has(path),
    remove: async (path) => {
      this.localFiles.delete(path)
      this.secretRecords.delete(path)
    },
  }

  async secretFile(content: Secret | string) {
    const path = `/run/holdfast/secrets/${this.#nextId++}`
    this.secretFiles.set(path, content instanceof Secret ? reveal(content) : content)
    const done = async () => void this.secretFiles.delete(path)
    return { path, done }
  }
}
