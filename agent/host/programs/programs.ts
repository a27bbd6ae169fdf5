import { existsSync, type FSWatcher, readdirSync, readFileSync, rmSync, watch } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { COMMANDS, isCommandName, locateCommand } from '@/agent/host/exec/commands'
import { isAlive, killGroup, type ProcessIdentity } from '@/agent/host/exec/processes'
import { Runner } from '@/agent/host/exec/run'
import { type RuntimeDirectory, writeSecret } from '@/agent/host/files/runtime-directory'
import { readState, type ServiceManager } from '@/agent/host/services/services'
import { HoldfastError } from '@/lib/errors'
import { pauseFor } from '@/lib/pause'
import { programText } from '@/lib/program-text'
import { reveal, Secret } from '@/lib/secret'
import { Output } from './output'
import { KEEPER_PARTS, keepProgram, type ProgramFile } from './program-process'
import { renderProgramUnit } from './program-unit'

/** Two processes of Node come up; a host that is just starting, or that is out of memory, takes its time for that. */
const START_MS = 60_000
const GONE_EVERY_MS = 250

/** A catalogued program that runs beside the agent. Secrets go into `files`, `input` or `env`, never into `args`. */
export interface Program {
  command: string
  args: readonly string[]
  env?: Readonly<Record<string, string | Secret>>
  /** What it reads as its input. */
  input?: string | Secret
  /** By name, 0600 in the directory of the program, which is on tmpfs. */
  files?: Readonly<Record<string, string | Secret>>
}

export type ProgramState =
  /** Nothing is known of it: it was never started, or the host was restarted since. */
  | { kind: 'absent' }
  /** It was about to be started. */
  | { kind: 'prepared' }
  | { kind: 'running' }
  /** It ended without anybody who could say how. */
  | { kind: 'killed' }
  | { kind: 'ended'; exitCode: number | null; signal: string | null; stopped: boolean }

const Exit = z.object({ exitCode: z.number().nullable(), signal: z.string().nullable(), stopped: z.boolean() })

/** Which program: the step of a job that it is. */
export interface ProgramId {
  operationId: string
  step: string
}

/** Programs of jobs. They belong to systemd or to a keeper of their own and outlive the agent, as storage daemons do. */
export class Programs {
  readonly #runtime: RuntimeDirectory
  readonly #services: ServiceManager

  constructor(runtime: RuntimeDirectory, services: ServiceManager) {
    this.#runtime = runtime
    this.#services = services
  }

  /** Of a job: its log, and a directory for each of its programs. */
  jobDirectory(operationId: string): string {
    return this.#runtime.directory('jobs', operationId)
  }

  /** Of one program; it need not be there. */
  directory({ operationId, step }: ProgramId): string {
    return join(this.#runtime.path, 'jobs', operationId, step)
  }

  /** Operations that have left something in memory. */
  known(): string[] {
    return readdirSync(this.#runtime.directory('jobs'))
  }

  /** Ends all programs: for a namespace that ends with the agent. */
  async stopAll(): Promise<void> {
    for (const operationId of this.known()) await this.stopJob(operationId)
  }

  /** Ends what still runs of a job; its files stay, and so does what the kernel holds on to. */
  async stopJob(operationId: string): Promise<void> {
    for (const step of this.#steps(operationId)) await this.stop({ operationId, step }).catch(() => undefined)
  }

  /** Ends what is left of a job and takes its files away. */
  async forgetJob(operationId: string): Promise<void> {
    for (const step of this.#steps(operationId)) await this.remove({ operationId, step })
    rmSync(this.jobDirectory(operationId), { recursive: true, force: true })
  }

  #steps(operationId: string): string[] {
    const entries = readdirSync(this.jobDirectory(operationId), { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  }

  state(id: ProgramId): ProgramState {
    const directory = this.directory(id)
    if (!existsSync(directory)) return { kind: 'absent' }
    const runs = readState(directory)
    const isRunning = runs !== null && isAlive(runs.supervisor)
    // After the look at who runs: what ends in between has told how.
    const exit = readExit(directory)
    if (exit !== null) return { kind: 'ended', ...exit }
    if (runs === null) return { kind: 'prepared' }
    return { kind: isRunning ? 'running' : 'killed' }
  }

  /** Of the program itself, as long as anything is known of it; null: it has not begun. */
  pid(id: ProgramId): number | null {
    return readState(this.directory(id))?.daemon?.pid ?? null
  }

  /** Its output after a line that is known already. */
  output(id: ProgramId, seen: number): Output {
    return new Output(this.directory(id), seen)
  }

  /** Resolves after so many milliseconds, or as soon as the program has told how it ended, or when the signal aborts. */
  async pauseOrEnd(id: ProgramId, ms: number, signal: AbortSignal): Promise<void> {
    const directory = this.directory(id)
    const ended = new AbortController()
    let watcher: FSWatcher | undefined
    try {
      // On tmpfs, so nobody else can keep this waiting.
      watcher = watch(directory, (_what, name) => {
        if (name === 'exit.json') ended.abort()
      })
      watcher.on('error', () => undefined)
    } catch {
      // Its directory has gone: the next look tells.
    }
    // After it is watched, so that no end falls in between.
    if (readExit(directory) === null) await pauseFor(ms, AbortSignal.any([signal, ended.signal]))
    watcher?.close()
  }

  /** Resolves when it runs. Throws `tool_missing`. */
  async start(id: ProgramId, program: Program): Promise<void> {
    const directory = this.directory(id)
    await this.remove(id)
    this.#runtime.directory('jobs', id.operationId, id.step)
    for (const [name, content] of Object.entries(program.files ?? {})) {
      if (!/^[a-z0-9][a-z0-9.-]{0,40}$/.test(name)) throw new HoldfastError('internal', 'A file has an odd name.')
      writeSecret(join(directory, name), content)
    }
    writeSecret(join(directory, 'program.json'), JSON.stringify(programFile(program, directory)))
    const script = programText(keepProgram, [directory], KEEPER_PARTS)
    const keeper = join(directory, 'supervisor.cjs')
    // For systemd, which starts the same keeper.
    writeSecret(keeper, script)
    const unit = unitOf(id)
    await this.#services.start(new Runner(), {
      unit,
      directory,
      environment: {},
      unitFile: renderProgramUnit({ description: `Holdfast job ${unit}`, node: process.execPath, script: keeper }),
      scripts: { 'supervisor.cjs': script },
    })
    const until = performance.now() + START_MS
    while (this.state(id).kind === 'prepared') {
      if (performance.now() > until) throw new HoldfastError('command_failed', `${program.command} did not start.`)
      await pause(10)
    }
  }

  /** Ends it, and what it has started. Not there: success. Throws `timed_out` when the kernel holds on to it; see `gone`. */
  async stop(id: ProgramId): Promise<void> {
    const directory = this.directory(id)
    await this.#services.stop(new Runner(), unitOf(id), directory)
    // A keeper that was killed has left its program alone; both lead a process group.
    const left = this.#processes(id).filter(killGroup)
    for (let waitedMs = 0; waitedMs < 1_000 && left.some(isAlive); waitedMs += 20) await pause(20)
    if (left.some(isAlive)) {
      throw new HoldfastError('timed_out', 'The program of this job does not end; the kernel holds on to it.')
    }
  }

  /** Resolves when nothing of it runs any more. */
  async gone(id: ProgramId): Promise<void> {
    while (this.#processes(id).some(isAlive)) await pause(GONE_EVERY_MS, undefined, { ref: false })
  }

  /** Stops it and takes its files away. Not there: success. */
  async remove(id: ProgramId): Promise<void> {
    if (!existsSync(this.directory(id))) return
    await this.stop(id)
    rmSync(this.directory(id), { recursive: true, force: true })
  }

  #processes(id: ProgramId): ProcessIdentity[] {
    const runs = readState(this.directory(id))
    return runs === null ? [] : [runs.supervisor, ...(runs.daemon === null ? [] : [runs.daemon])]
  }
}

function unitOf({ operationId, step }: ProgramId): string {
  return `holdfast-job-${operationId}-${step}`
}

function programFile({ command, args, env = {}, input }: Program, directory: string): ProgramFile {
  const path = isCommandName(command) ? locateCommand(command) : null
  if (path === null) {
    throw new HoldfastError('tool_missing', `The command ${command} is not installed on this host.`, {
      details: { command, known: Object.hasOwn(COMMANDS, command) },
    })
  }
  if (input !== undefined) writeSecret(join(directory, 'input'), input)
  const clear = Object.entries(env).map(([name, value]) => [name, value instanceof Secret ? reveal(value) : value])
  return {
    command: path,
    args,
    env: Object.fromEntries(clear),
    input: input === undefined ? null : join(directory, 'input'),
  }
}

/** null: nobody has told how it ended. */
function readExit(directory: string): z.infer<typeof Exit> | null {
  try {
    return Exit.parse(JSON.parse(readFileSync(join(directory, 'exit.json'), 'utf8')))
  } catch {
    return null
  }
}
