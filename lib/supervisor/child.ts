import { type ChildProcess, spawn } from 'node:child_process'
import { HoldfastError } from '@/lib/errors'
import { LogFile } from '@/lib/supervisor/log-file'

export interface ChildOptions {
  name: string
  /** Asked anew at each start; what it throws is a start that failed. */
  command(): { file: string; args: string[]; env: NodeJS.ProcessEnv }
  logDir: string
  /** Called when a running child ended without being asked to, before it is started again. */
  onUnexpectedExit(code: number | null): void
  /** Called with the reason when it could not be started again; it is tried again later. */
  onFailedRestart?(error: Error): void
}

const RESTART_DELAYS_MS = [500, 1_000, 2_000, 5_000, 15_000]

/**
 * One process of the product, restarted with growing delays when it ends unasked. It gets an IPC channel: the child says
 * `{ type: 'ready' }`, and ends by itself when the channel closes, so that a killed supervisor leaves nobody behind.
 */
export class Child {
  readonly #options: ChildOptions
  readonly #log: LogFile
  #process: ChildProcess | undefined
  #stopping = false
  #restarts = 0
  #restartTimer: NodeJS.Timeout | undefined
  #lastLines: string[] = []

  constructor(options: ChildOptions) {
    this.#options = options
    this.#log = new LogFile(options.logDir, options.name)
  }

  get name(): string {
    return this.#options.name
  }

  get pid(): number | undefined {
    return this.#process?.pid
  }

  /** Resolves when the child says that it is ready; rejects with its last words when it ends first. */
  start(timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () =>
          reject(
            new HoldfastError(
              'timed_out',
              `The ${this.name} process was not ready within ${timeoutMs / 1000} s; see its log.`,
            ),
          ),
        timeoutMs,
      )
      this.#spawn((error) => {
        clearTimeout(timer)
        if (error) reject(error)
        else resolve()
      })
    })
  }

  #spawn(settled: (error?: Error) => void): void {
    let call: ReturnType<ChildOptions['command']>
    try {
      call = this.#options.command()
    } catch (error) {
      // Thrown from a timer it would end the supervisor, and all processes with it.
      settled(error as Error)
      return
    }
    const { file, args, env } = call
    // A process group of its own: Ctrl-C reaches the supervisor alone, which then stops the others in order.
    const child = spawn(file, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    this.#process = child
    this.#lastLines = []
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#log.write(chunk)
        this.#lastLines = [...this.#lastLines, ...chunk.toString().trimEnd().split('\n')].slice(-5)
      })
      stream?.on('error', () => undefined)
    }
    let ready = false
    child.on('message', (message: { type?: string }) => {
      if (message?.type !== 'ready') return
      ready = true
      this.#restarts = 0
      settled()
    })
    child.on('error', (error) => settled(error))
    child.on('exit', (code) => {
      this.#process = undefined
      if (this.#stopping) return settled()
      if (!ready)
        return settled(new HoldfastError('internal', `The ${this.name} process could not start: ${this.#words()}`))
      this.#options.onUnexpectedExit(code)
      const delay = RESTART_DELAYS_MS[Math.min(this.#restarts++, RESTART_DELAYS_MS.length - 1)] ?? 15_000
      this.#restartTimer = setTimeout(() => this.#restart(), delay)
    })
  }

  #restart(): void {
    this.#spawn((error) => {
      if (!error || this.#stopping) return
      this.#options.onUnexpectedExit(1)
      this.#options.onFailedRestart?.(error)
      const delay = RESTART_DELAYS_MS[Math.min(this.#restarts++, RESTART_DELAYS_MS.length - 1)] ?? 15_000
      this.#restartTimer = setTimeout(() => this.#restart(), delay)
    })
  }

  /** The message of the last log line, for one sentence to a person. */
  #words(): string {
    const last = this.#lastLines.at(-1) ?? 'it said nothing'
    try {
      const entry = JSON.parse(last) as { message?: string; error?: { message?: string } }
      return entry.error?.message ?? entry.message ?? last
    } catch {
      return last
    }
  }

  /** Asks with SIGTERM, insists with SIGKILL after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true
    clearTimeout(this.#restartTimer)
    const child = this.#process
    if (child) await this.#end(child, graceMs)
    await this.#log.close()
  }

  async #end(child: ChildProcess, graceMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
      child.once('exit', () => {
        clearTimeout(timer)
        resolve()
      })
      child.kill('SIGTERM')
    })
  }
}
