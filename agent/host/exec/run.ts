import type { Readable, Writable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { commandLine } from '@/lib/drivers/command-line'
import type { CommandResult, RunOptions } from '@/lib/drivers/contract/driver-host'
import { CommandError } from '@/lib/drivers/problems/command-error'
import { HoldfastError } from '@/lib/errors'
import { atMost } from '@/lib/pause'
import { reveal, Secret } from '@/lib/secret'
import { formatDuration } from '@/lib/units'
import { type DetachedChild, spawnDetached } from './child'
import { type CatalogueEntry, COMMANDS, type CommandName, isCommandName, locateCommand } from './commands'
import { followLines } from './follow-lines'
import { NodeChildren } from './node-children'
import { Redactor } from './redact'

const OUTPUT_CAP = 1024 * 1024
const ERROR_TEXT_CAP = 4096
const ARGUMENTS_CAP = 128 * 1024
/** How long a dead command's output may stay open in the hands of a helper it left behind. */
const LINGER_MS = 200
/** How long a killed command may take to go before it counts as an orphan. */
const KILL_GRACE_MS = 200

export interface RunnerOptions {
  /** Milliseconds of `performance.now()`; nothing runs past it. */
  deadlineAt?: number
  signal?: AbortSignal
  redactor?: Redactor
  /** Set for every child, beside what a single run asks for. */
  env?: Readonly<Record<string, string>>
  /** Places of programs other than the catalogue's: of an agent that is about to be installed, and of stand-ins in tests. */
  paths?: Partial<Record<CommandName, string>>
  /** Those that evaluate, shared with other operations. Default: one for each run. */
  children?: NodeChildren
  /** Hears, redacted, what is run for people to read, and what came back. */
  tell?: (line: string) => void
}

export interface MachineRunOptions extends RunOptions {
  /** Descriptors that the child inherits as 3, 4, … */
  inherit?: readonly number[]
  /** Each line of output and error output as it comes, not redacted. */
  onLine?: (line: string) => void
  /** Takes each line of output as it comes, not redacted; none of it is kept, however much it is. */
  eachLine?: (line: string) => void
  /** More than this, in bytes, is a failure. Default: 1 MiB. */
  outputCap?: number
  /** Its arguments as people read them, where a run is one to be told of. */
  shown?: readonly string[]
}

export interface LongRunning {
  pid: number
  /** Resolves when the process is gone. */
  exited: Promise<void>
  /** SIGKILL to its whole group. */
  kill(): void
}

/** A process that hands on bytes: whoever has it takes its output, waits for its end, and kills it when it is not wanted any more. */
export interface PipedProgram {
  stdout: Readable
  stdin: Writable | null
  /** Resolves with the exit code when the process has ended; null: a signal ended it, or it never began. */
  ended: Promise<number | null>
  /** SIGKILL to its whole group. As long as it is not gone, the runner is `uncertain`. */
  kill(): void
}

/**
 * The only way to start a program: catalogued absolute path, argv array, no shell, cleared environment, capped output, own
 * process group, own deadline. One runner per operation; it knows which of its children outlived their deadline.
 */
export class Runner {
  readonly redactor: Redactor
  readonly #options: RunnerOptions
  readonly #orphans = new Set<Promise<void>>()

  constructor(options: RunnerOptions = {}) {
    this.#options = options
    this.redactor = options.redactor ?? new Redactor()
  }

  /** True while a child that was given up on still exists: the outcome of its work is not known. */
  get uncertain(): boolean {
    return this.#orphans.size > 0
  }

  /** Resolves when no given-up child is left. May never resolve while a server is dead. */
  async settled(): Promise<void> {
    while (this.#orphans.size > 0) await Promise.all(this.#orphans)
  }

  /** For whoever reads what was done: a line of their log. */
  tell(line: string): void {
    this.#options.tell?.(this.redactor.redact(line))
  }

  /** As `tell`, that this is run. Redacted before it is quoted: quotes change what a secret looks like. */
  tellCommand(command: string, args: readonly string[]): void {
    this.tell(`$ ${commandLine({ command, args: args.map((word) => this.redactor.redact(word)) })}`)
  }

  /**
   * Throws `tool_missing`, `timed_out` (also when the child cannot be killed; then `uncertain` is true until it is gone),
   * `invalid_input` for an argument no program can take, and `CommandError`.
   */
  async run(command: string, args: readonly string[], options: MachineRunOptions = {}): Promise<CommandResult> {
    if (options.shown === undefined) return this.#run(command, args, options)
    this.tellCommand(command, options.shown)
    const startedAt = performance.now()
    const told = (what: string) =>
      this.tell(`${command} ${what} after ${formatDuration(performance.now() - startedAt)}.`)
    try {
      const result = await this.#run(command, args, options)
      told(`ended with ${result.exitCode}`)
      return result
    } catch (error) {
      told(endOf(error))
      throw error
    }
  }

  async #run(command: string, args: readonly string[], options: MachineRunOptions): Promise<CommandResult> {
    const { name, entry, path } = this.#locate(command)
    const timeoutMs = this.#limit(name, entry, options.timeoutMs)
    if (options.evaluates && name === 'node') return this.#evaluate(path, args.at(-1) ?? '', timeoutMs)
    checkArguments(name, args)
    if (options.input instanceof Secret) this.redactor.add(options.input)
    const input = options.input instanceof Secret ? reveal(options.input) : options.input
    const child = spawnDetached(path, args, {
      env: { ...this.#options.env, ...options.env },
      inherit: options.inherit ?? [],
      stdin: input === undefined ? 'ignore' : 'pipe',
      startsOthers: entry.startsOthers ?? false,
    })
    if (input !== undefined) child.stdin?.end(input)
    if (options.onLine) followLines(child, options.onLine)
    if (options.eachLine) followLines({ stdout: child.stdout, stderr: null }, options.eachLine)
    const cap = options.outputCap ?? OUTPUT_CAP
    const outcome = await this.#wait(child, timeoutMs, { cap, keepsOutput: options.eachLine === undefined })
    if (typeof outcome === 'string') throw givenUp(name, outcome, timeoutMs, cap)
    if ('spawnError' in outcome) throw notStarted(name)
    const accepted = options.okExitCodes ?? entry.okExitCodes
    if (outcome.exitCode !== null && accepted.includes(outcome.exitCode)) {
      return { exitCode: outcome.exitCode, stdout: outcome.stdout, stderr: outcome.stderr }
    }
    throw new CommandError({
      command: name,
      exitCode: outcome.exitCode,
      signal: outcome.signal,
      stderr: this.redactor.redact(outcome.stderr).slice(-ERROR_TEXT_CAP),
      stdout: this.redactor.redact(outcome.stdout).slice(-ERROR_TEXT_CAP),
    })
  }

  async #evaluate(path: string, text: string, timeoutMs: number): Promise<CommandResult> {
    const children = this.#options.children ?? new NodeChildren(this.#options.env)
    const child = children.take(path)
    const outcome = await this.#before(timeoutMs, child.evaluate(text))
    const value = typeof outcome === 'string' ? null : outcome
    if (value?.kind === 'line') {
      children.giveBack(child)
      if (this.#options.children === undefined) children.close()
      return { exitCode: 0, stdout: value.line, stderr: '' }
    }
    await this.#giveUpOn(child.process)
    child.process.closePipes()
    if (typeof outcome === 'string') throw givenUp('node', outcome, timeoutMs)
    if (outcome.kind !== 'ended') {
      throw outcome.kind === 'too much' ? givenUp('node', 'too much', timeoutMs) : notStarted('node')
    }
    const stderr = this.redactor.redact(outcome.stderr).slice(-ERROR_TEXT_CAP)
    throw new CommandError({ command: 'node', ...outcome, stderr, stdout: '' })
  }

  /** A process that lives until it is killed or ends; its lines of output are handed over as they come. */
  startLines(name: CommandName, args: readonly string[], onLine: (line: string) => void): LongRunning {
    const { path } = this.#locate(name)
    checkArguments(name, args)
    const child = spawnDetached(path, args, { inherit: [], stdin: 'ignore' })
    let rest = ''
    child.stdout?.setEncoding('utf8')
    child.stdout?.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop()?.slice(0, 65_536) ?? ''
      for (const line of lines) onLine(line)
    })
    child.stderr?.resume()
    return { pid: child.pid, exited: child.gone, kill: child.killGroup }
  }

  /** A process whose output, and input, are bytes that are handed on as they come. It has no deadline of its own. */
  startPiped(name: CommandName, args: readonly string[], stdin: 'ignore' | 'pipe'): PipedProgram {
    const { path } = this.#locate(name)
    checkArguments(name, args)
    const child = spawnDetached(path, args, { env: { ...this.#options.env }, inherit: [], stdin })
    child.stderr?.resume()
    if (child.stdout === null) throw new HoldfastError('internal', `${name} has no output.`)
    return {
      stdout: child.stdout,
      stdin: child.stdin,
      ended: child.ended.then((end) => ('spawnError' in end ? null : end.exitCode)),
      kill: () => {
        child.closePipes()
        if (child.isThere()) void this.#giveUpOn(child)
      },
    }
  }

  /** A process that outlives this one: own session, no pipes to us. */
  startDetached(name: CommandName, args: readonly string[], env: Record<string, string> = {}): { pid: number } {
    const { path } = this.#locate(name)
    checkArguments(name, args)
    const child = spawnDetached(path, args, { env, inherit: [], stdin: 'ignore', silent: true })
    child.unref()
    return { pid: child.pid }
  }

  #locate(command: string): { name: CommandName; entry: CatalogueEntry; path: string } {
    if (!isCommandName(command)) throw new HoldfastError('internal', `The command ${command} is not in the catalogue.`)
    const path = this.#options.paths?.[command] ?? locateCommand(command)
    if (path === null) {
      throw new HoldfastError('tool_missing', `The command ${command} is not installed on this host.`, {
        details: { command },
      })
    }
    return { name: command, entry: COMMANDS[command], path }
  }

  #limit(name: CommandName, entry: CatalogueEntry, asked: number | undefined): number {
    const left = (this.#options.deadlineAt ?? Number.POSITIVE_INFINITY) - performance.now()
    if (left <= 0 || this.#options.signal?.aborted) {
      throw new HoldfastError('timed_out', `There was no time left to start ${name}.`, { details: { command: name } })
    }
    return Math.ceil(Math.min(left, asked ?? entry.timeoutMs, entry.timeoutMs))
  }

  async #wait(child: DetachedChild, timeoutMs: number, keeping: Keeping): Promise<Outcome | GivenUp> {
    const tooMuch = Promise.withResolvers<'too much'>()
    const output = collect(child, keeping, () => tooMuch.resolve('too much'))
    try {
      const first = await this.#before(timeoutMs, Promise.race([child.ended, tooMuch.promise]))
      if (typeof first !== 'string') {
        await output.drained()
        return { ...first, ...output.text() }
      }
      await this.#giveUpOn(child)
      return first
    } finally {
      child.closePipes()
    }
  }

  /** What comes first: the result, the end of the time, or that of the operation. */
  async #before<T>(timeoutMs: number, result: Promise<T>): Promise<T | 'late' | 'cancelled'> {
    const { signal } = this.#options
    const over = Promise.withResolvers<'late' | 'cancelled'>()
    const timer = setTimeout(() => over.resolve('late'), timeoutMs)
    const onAbort = () => over.resolve('cancelled')
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      return await Promise.race([result, over.promise])
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    }
  }

  /** Kills it. Where the kernel does not let it go, it counts as an orphan until it has gone. */
  async #giveUpOn(child: DetachedChild): Promise<void> {
    child.killGroup()
    const orphan = child.gone
    this.#orphans.add(orphan)
    void orphan.then(() => this.#orphans.delete(orphan))
    await atMost(KILL_GRACE_MS, orphan)
  }
}

type GivenUp = 'late' | 'cancelled' | 'too much'

/** A limit that is not the command's own is what its operation had left. */
function lateWords(command: CommandName, timeoutMs: number): string {
  const limit = formatDuration(timeoutMs)
  if (timeoutMs >= COMMANDS[command].timeoutMs) return `did not finish within ${limit}`
  return `did not finish in the ${limit} that it had`
}

function givenUp(command: CommandName, why: GivenUp, timeoutMs: number, cap = OUTPUT_CAP): HoldfastError {
  if (why === 'too much') {
    return new HoldfastError('command_failed', `${command} printed more than ${cap} bytes.`)
  }
  const reason = why === 'late' ? lateWords(command, timeoutMs) : 'was cancelled'
  return new HoldfastError('timed_out', `${command} ${reason}.`, { details: { command, timeoutMs } })
}

function notStarted(command: CommandName): HoldfastError {
  return new HoldfastError('tool_missing', `${command} could not be started.`, { details: { command } })
}

/** How a run that did not succeed came to its end; why is in the error itself. */
function endOf(error: unknown): string {
  if (error instanceof CommandError) {
    return error.exitCode === null ? `was ended by ${error.signal ?? 'a signal'}` : `ended with ${error.exitCode}`
  }
  return error instanceof HoldfastError && error.code === 'timed_out' ? 'was given up on' : 'did not run'
}

type Outcome = { exitCode: number | null; signal: string | null; stdout: string; stderr: string } | { spawnError: true }

interface Keeping {
  /** In bytes. */
  cap: number
  /** Not where somebody takes it line by line. */
  keepsOutput: boolean
}

function collect(child: DetachedChild, { cap, keepsOutput }: Keeping, onTooMuch: () => void) {
  const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
  const closed: Promise<void>[] = []
  /** Bytes of both. */
  let arrived = 0
  for (const name of ['stdout', 'stderr'] as const) {
    const stream = child[name]
    let size = 0
    stream?.on('data', (chunk: Buffer) => {
      arrived += chunk.length
      if (name === 'stdout' && !keepsOutput) return
      size += chunk.length
      if (size > cap) onTooMuch()
      else chunks[name].push(chunk)
    })
    if (stream !== null) closed.push(new Promise((resolve) => stream.once('close', resolve)))
  }
  const all = Promise.all(closed)
  return {
    /** What the child has printed is read. A helper that holds its output open is waited for a moment. */
    async drained(): Promise<void> {
      let isClosed = false
      void all.then(() => {
        isClosed = true
      })
      await atMost(LINGER_MS, all)
      // The end of a child can be heard of before its output was looked at; in a busy agent that moment is over by then as well.
      for (let read = -1; !isClosed && read !== arrived && (arrived < cap || !keepsOutput); ) {
        read = arrived
        await setImmediate()
      }
    },
    text: () => ({
      stdout: Buffer.concat(chunks.stdout).toString('utf8'),
      stderr: Buffer.concat(chunks.stderr).toString('utf8'),
    }),
  }
}

function checkArguments(name: string, args: readonly string[]): void {
  let total = 0
  for (const argument of args) {
    if (argument.includes('\0'))
      throw new HoldfastError('invalid_input', `An argument of ${name} has a NUL byte in it.`)
    total += argument.length + 1
  }
  if (total > ARGUMENTS_CAP) throw new HoldfastError('invalid_input', `The arguments of ${name} are too long.`)
}
