import { randomBytes } from 'node:crypto'
import type { CommandName } from '@/agent/host/exec/commands'
import { Runner, type RunnerOptions } from '@/agent/host/exec/run'
import { errnoFromText } from '@/agent/host/files/errno'
import type { DriverHost, ProbeAnswer, StatfsAnswer, TextAnswer } from '@/lib/drivers/contract/driver-host'
import { CommandError } from '@/lib/drivers/problems/command-error'
import { HoldfastError } from '@/lib/errors'

const DEADLINE_MS = 5_000
const WRITE_DEADLINE_MS = 15_000

/** What drivers may read besides mounts: the host's name, and the status file of a WolfDisk node, wherever its data lies. */
const READABLE_FILES = [
  /^\/proc\/sys\/kernel\/hostname$/,
  /^\/(?!(?:proc|sys|dev|etc|root)\/)(?:(?!\.\.?\/)[^/]+\/)+cluster_status\.json$/,
]
const READ_BYTES = 65_536

/** Names that nobody else gives. */
const OWN_FILE = /^\.holdfast-[a-z0-9_-]+$/

type Ended<T> = { state: 'ok'; value: T } | { state: 'hung' } | { state: 'failed'; errno: string }

/**
 * Looks at managed paths in disposable children, because a call on a dead server blocks its caller for good. At most one
 * child per path: as long as one that was killed is still stuck in the kernel, the answer is `hung` and no other is started.
 */
export class Prober {
  readonly #settling = new Map<string, Promise<void>>()
  readonly #running = new Map<string, Promise<unknown>>()
  readonly #paths: RunnerOptions['paths']

  constructor(options: Pick<RunnerOptions, 'paths'> = {}) {
    this.#paths = options.paths
  }

  /** A killed child of this path that the kernel does not let go yet; resolves when it is gone. */
  stuck(path: string): Promise<void> | null {
    return this.#settling.get(path) ?? null
  }

  /** How many given-up children are left, over all paths. */
  get stuckCount(): number {
    return this.#settling.size
  }

  /** f_frsize counts, not f_bsize: with the latter a file system may show sixteen times its size. */
  async statfs(path: string, limits: ProbeLimits = {}): Promise<StatfsAnswer> {
    const startedAt = performance.now()
    const ended = await this.#child(path, limits, DEADLINE_MS, (runner, timeoutMs) =>
      runner.run('stat', ['-f', '-c', '%S %b %f %a %c %d', '--', path], { timeoutMs }),
    )
    const durationMs = performance.now() - startedAt
    if (ended.state !== 'ok') return { ...ended, durationMs }
    const figures = ended.value.stdout.trim().split(' ').map(Number)
    const [size = 0, total = 0, free = 0, available = 0, totalInodes = 0, freeInodes = 0] = figures
    if (figures.length !== 6 || figures.some((figure) => !Number.isFinite(figure))) {
      return { state: 'failed', errno: 'unknown', durationMs }
    }
    return {
      state: 'ok',
      totalBytes: total * size,
      freeBytes: free * size,
      availableBytes: available * size,
      totalInodes,
      freeInodes,
      durationMs,
    }
  }

  async list(path: string, limits: ProbeLimits = {}): Promise<ProbeAnswer> {
    return this.#timed(path, limits, DEADLINE_MS, async (runner, timeoutMs) => {
      try {
        await runner.run('ls', ['-f', '--', path], { timeoutMs })
      } catch (error) {
        // More names than fit into the output cap: it answers.
        if (error instanceof CommandError || !(error instanceof HoldfastError) || error.code !== 'command_failed')
          throw error
      }
    })
  }

  async writeReadDelete(path: string, limits: ProbeLimits = {}): Promise<ProbeAnswer> {
    const name = `${path}/.holdfast-probe-${randomBytes(8).toString('hex')}`
    const content = randomBytes(2048).toString('hex')
    return this.#timed(path, limits, WRITE_DEADLINE_MS, async (runner, timeoutMs) => {
      const limit = { timeoutMs }
      const exclusive = [`of=${name}`, 'bs=4096', 'count=1', 'iflag=fullblock', 'conv=excl,fsync', 'status=none']
      try {
        await runner.run('dd', exclusive, { ...limit, input: content })
        const back = await runner.run('cat', ['--', name], limit)
        if (back.stdout !== content) throw new CommandError(differs)
      } finally {
        if (!runner.uncertain) await runner.run('rm', ['-f', '--', name], limit)
      }
    })
  }

  /** A file of our own, in the directory itself. Not there: `ok`. */
  async removeFile(path: string, name: string, limits: ProbeLimits = {}): Promise<ProbeAnswer> {
    if (!OWN_FILE.test(name)) throw new HoldfastError('internal', 'Only files of our own are removed.')
    return this.#timed(path, limits, WRITE_DEADLINE_MS, (runner, timeoutMs) =>
      runner.run('rm', ['-f', '--', `${path}/${name}`], { timeoutMs }),
    )
  }

  /** Throws `policy_denied` for a file that is not in the list. A larger file gives `EFBIG`. */
  async readText(path: string, limits: ProbeLimits = {}): Promise<TextAnswer> {
    if (path.includes('\0') || !READABLE_FILES.some((pattern) => pattern.test(path)))
      throw new HoldfastError('policy_denied', 'The agent does not read this file.')
    const reading = [
      `if=${path}`,
      `bs=${READ_BYTES + 1}`,
      'count=1',
      'iflag=fullblock,nofollow,nonblock',
      'status=none',
    ]
    const ended = await this.#child(path, limits, DEADLINE_MS, (runner, timeoutMs) =>
      runner.run('dd', reading, { timeoutMs }),
    )
    if (ended.state !== 'ok') return ended
    const { stdout } = ended.value
    if (Buffer.byteLength(stdout) > READ_BYTES) return { state: 'failed', errno: 'EFBIG' }
    return { state: 'ok', text: stdout }
  }

  async stat(path: string, limits: ProbeLimits = {}): ReturnType<DriverHost['probe']['stat']> {
    const ended = await this.#child(path, limits, DEADLINE_MS, (runner, timeoutMs) =>
      runner.run('stat', ['-c', '%F', '--', path], { timeoutMs }),
    )
    if (ended.state === 'hung') return { kind: 'other', errno: 'ETIMEDOUT' }
    if (ended.state === 'failed') {
      const missing = ended.errno === 'ENOENT' || ended.errno === 'ENOTDIR'
      return { kind: missing ? 'missing' : 'other', errno: ended.errno }
    }
    const kind = ended.value.stdout.trim()
    return { kind: kind === 'directory' ? 'directory' : kind.startsWith('regular') ? 'file' : 'other' }
  }

  async #timed(
    path: string,
    limits: ProbeLimits,
    deadlineMs: number,
    work: (runner: Runner, timeoutMs: number) => Promise<unknown>,
  ): Promise<ProbeAnswer> {
    const startedAt = performance.now()
    const ended = await this.#child(path, limits, deadlineMs, work)
    const durationMs = performance.now() - startedAt
    return ended.state === 'failed' ? { ...ended, durationMs } : { state: ended.state, durationMs }
  }

  /** Callers of the same path wait for each other, but not for a stuck one. */
  async #child<T>(
    path: string,
    limits: ProbeLimits,
    deadlineMs: number,
    work: (runner: Runner, timeoutMs: number) => Promise<T>,
  ): Promise<Ended<T>> {
    while (this.#running.has(path)) await this.#running.get(path)
    if (this.#settling.has(path)) return { state: 'hung' }
    const asked = limits.deadlineMs ?? deadlineMs
    const running = this.#attempt(path, asked, limits.signal, work)
    this.#running.set(path, running)
    try {
      return await running
    } finally {
      this.#running.delete(path)
    }
  }

  async #attempt<T>(
    path: string,
    deadlineMs: number,
    signal: AbortSignal | undefined,
    work: (runner: Runner, timeoutMs: number) => Promise<T>,
  ): Promise<Ended<T>> {
    const runner = new Runner({
      deadlineAt: performance.now() + deadlineMs,
      ...(signal === undefined ? {} : { signal }),
      ...(this.#paths === undefined ? {} : { paths: this.#paths }),
    })
    try {
      return { state: 'ok', value: await work(runner, deadlineMs) }
    } catch (error) {
      if (runner.uncertain) this.#waitFor(path, runner)
      if (error instanceof CommandError) return { state: 'failed', errno: errnoFromText(error.stderr) }
      if (error instanceof HoldfastError && error.code === 'timed_out') return { state: 'hung' }
      throw error
    }
  }

  #waitFor(path: string, runner: Runner): void {
    const settled = runner.settled().then(() => {
      this.#settling.delete(path)
    })
    this.#settling.set(path, settled)
  }
}

export interface ProbeLimits {
  deadlineMs?: number
  signal?: AbortSignal
}

const readBack: CommandName = 'cat'
const differs = { command: readBack, exitCode: 0, signal: null, stderr: 'read back: Input/output error', stdout: '' }
