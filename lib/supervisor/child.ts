import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream, existsSync, renameSync, statSync } from 'node:fs'
import path from 'node:path'
import { HoldfastError } from '@/lib/errors'

export interface ChildOptions {
  name: string
  /** Asked anew at each start. */
  command(): { file: string; args: string[]; env: NodeJS.ProcessEnv }
  logDir: string
  /** Called when a running child ended without being asked to, before it is started again. */
  onUnexpectedExit(code: number | null): void
}

/** A log is set aside at this size when its process starts. */
const LOG_LIMIT_BYTES = 20 * 1024 * 1024
const RESTART_DELAYS_MS = [500, 1_000, 2_000, 5_000, 15_000]

function openLog(logDir: string, name: string) {
  const file = path.join(logDir, `${name}.log`)
  if (existsSync(file) && statSync(file).size > LOG_LIMIT_BYTES) renameSync(file, `${file}.1`)
  return createWriteStream(file, { flags: 'a', mode: 0o600 })
}

/**
 * One process of the product, restarted with growing delays when it ends unasked. It gets an IPC channel: the child says
 * `{ type: 'ready' }`, and ends by itself when the channel closes, so that a killed supervisor leaves nobody behind.
 */
export class Child {
  readonly #options: ChildOptions
  #process: ChildProcess | undefined
  #stopping = false
  #restarts = 0
  #restartTimer: NodeJS.Timeout | undefined
  #lastLines: string[] = []

  constructor(options: ChildOptions) {
    this.#options = options
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
    const { file, args, env } = this.#options.command()
    const log = openLog(this.#options.logDir, this.name)
    // A process group of its own: Ctrl-C reaches the supervisor alone, which then stops the others in order.
    const child = spawn(file, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    this.#process = child
    this.#lastLines = []
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        log.write(chunk)
        this.#lastLines = [...this.#lastLines, ...chunk.toString().trimEnd().split('\n')].slice(-5)
      })
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
      log.end()
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
    if (!child) return
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
