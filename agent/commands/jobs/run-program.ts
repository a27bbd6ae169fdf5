import { z } from 'zod'
import type { CommandTurn } from '@/agent/commands/turn'
import { failpoint } from '@/agent/host/failpoint'
import type { ProgramId, ProgramState, Programs } from '@/agent/host/programs/programs'
import type { JournalSteps } from '@/agent/journal/steps'
import { HoldfastError } from '@/lib/errors'
import { Secret } from '@/lib/secret'
import type { Job } from './job'
import type { JobProgram, ProgramEnd } from './job-kind'

const LOOK_MS = 200
/** A program that is killed again and again, as by the kernel for its memory, is not started for ever. */
const MOST_STARTS = 5
const LAST_LINES = 20
/** Sent from outside; any other signal is the program's own fault. */
const KILLED_BY = new Set(['SIGKILL', 'SIGTERM', 'SIGHUP', 'SIGINT'])

/** Noted before a program is started. */
const Started = z.object({ starts: z.number(), boot: z.string() })
type Started = z.infer<typeof Started>

export interface ProgramParts {
  job: Job
  programs: Programs
  steps: JournalSteps
  /** Of the machine. */
  boot: string
}

/** One program of a job, started or joined, until it has ended by itself. */
export async function runProgram(
  { job, programs, steps, boot }: ProgramParts,
  turn: CommandTurn,
  step: string,
  program: JobProgram,
): Promise<ProgramEnd> {
  const { operationId, signal } = turn
  const id: ProgramId = { operationId, step }
  for (const secret of secretsOf(program)) job.redactor.add(secret)
  const before = startedBefore(turn, step)
  let starts = before?.starts ?? 0
  let state = programs.state(id)
  if (state.kind === 'prepared') {
    // Its keeper may be on its way.
    await programs.stop(id)
    state = programs.state(id)
  }
  const isLostInReboot = state.kind === 'absent' && before !== null && before.boot !== boot
  if (isLostInReboot || wasKilled(state)) {
    requireResume(program, starts, job)
    state = { kind: 'prepared' }
  }
  for (;;) {
    if (state.kind === 'absent' || state.kind === 'prepared') {
      starts++
      // Written before it starts: where nothing is left of it after a reboot, it is known that it ran.
      steps.announce(operationId, announcedAs(step), { starts, boot } satisfies Started)
      failpoint(`program.${step}.announced`)
      await programs.start(id, program)
      failpoint(`program.${step}.started`)
    }
    const lines: string[] = []
    state = await follow({ job, programs }, { id, program, source: `${step}.${starts}`, signal, turn, lines })
    failpoint(`program.${step}.ended`)
    if (state.kind !== 'ended' || wasKilled(state)) {
      requireResume(program, starts, job)
      state = { kind: 'prepared' }
      continue
    }
    if (state.exitCode === null) {
      const how = state.signal === null ? 'could not be started' : `was ended by ${state.signal}`
      throw new HoldfastError('command_failed', `${program.command} ${how}.`)
    }
    return { exitCode: state.exitCode, lines: lines.slice(-LAST_LINES) }
  }
}

interface Following {
  id: ProgramId
  program: JobProgram
  source: string
  signal: AbortSignal
  turn: CommandTurn
  /** Filled with what it prints, redacted. */
  lines: string[]
}

/** Until it has ended or was killed. Throws when it is cancelled or silent for too long, and it is stopped then; not when the agent stops. */
async function follow(
  { job, programs }: Pick<ProgramParts, 'job' | 'programs'>,
  following: Following,
): Promise<ProgramState> {
  const { id, program, source, signal, turn, lines } = following
  const output = programs.output(id, 0)
  const known = job.log.seen(source)
  let heardAt = performance.now()
  for (;;) {
    // Before the output is read: after its end nothing more comes.
    const state = programs.state(id)
    for (const { number, text } of output.next()) {
      heardAt = performance.now()
      lines.push(job.redactor.redact(text))
      if (lines.length > 2 * LAST_LINES) lines.splice(0, LAST_LINES)
      const progress = program.parseProgress(text)
      if (progress !== null) job.advance(progress)
      else {
        const words = program.words === undefined ? text : program.words(text)
        if (words !== null && number > known) job.say(words, { step: source, number })
      }
    }
    if (state.kind !== 'running') return state
    if (job.cancelled.signal.aborted) await giveUp(programs, id, turn, job.cancelled.signal.reason)
    signal.throwIfAborted()
    if (performance.now() - heardAt > program.silentMs) {
      const seconds = Math.round(program.silentMs / 1_000)
      const message = `${program.command} has said nothing for ${seconds} s, so it was given up.`
      await giveUp(programs, id, turn, new HoldfastError('timed_out', message))
    }
    await programs.pauseOrEnd(id, LOOK_MS, signal)
  }
}

/** Stops it and throws the reason. Where the kernel holds on to it, the job has no end before it is gone. */
async function giveUp(programs: Programs, id: ProgramId, turn: CommandTurn, reason: Error): Promise<never> {
  try {
    await programs.stop(id)
  } catch {
    turn.hang(programs.gone(id))
  }
  throw reason
}

/** Throws unless it is to be started again. */
function requireResume(program: JobProgram, starts: number, job: Job): void {
  if (program.whenKilled === 'undo' || starts >= MOST_STARTS) {
    throw new HoldfastError(
      'command_failed',
      `${program.command} was killed, or the host was restarted, before it had ended.`,
    )
  }
  job.say(`${program.command} was cut off; it is started again.`)
}

function wasKilled(state: ProgramState): boolean {
  if (state.kind === 'killed') return true
  return state.kind === 'ended' && (state.stopped || (state.signal !== null && KILLED_BY.has(state.signal)))
}

function announcedAs(step: string): string {
  return `${step}.started`
}

function startedBefore(turn: CommandTurn, step: string): Started | null {
  const announced = turn.done.find(({ name }) => name === announcedAs(step))
  return announced === undefined ? null : Started.parse(announced.note)
}

function secretsOf({ env, files, input }: JobProgram): Secret[] {
  const values = [...Object.values(env ?? {}), ...Object.values(files ?? {}), input]
  return values.filter((value) => value instanceof Secret)
}
