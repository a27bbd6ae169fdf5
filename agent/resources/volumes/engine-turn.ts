import type { JobTurn } from '@/agent/commands/jobs/job-kind'
import type { Turn } from '@/agent/commands/turn'
import { programCommand } from '@/agent/host/engine-host'
import type { Door } from '@/agent/verbs/agent'
import { HoldfastError } from '@/lib/errors'
import type { Secret } from '@/lib/secret'
import type { EngineHost, EngineTurn, Undo, WorkProgram } from '@/lib/volume-engines/contract/engine'

/** For what is done between two long programs, each time anew. */
const STEP_MS = 140_000
const LAST_LINES = 5

export type WorkDoor = Door & { engineHost: EngineHost }

/** The turn of a job, as engines know it. */
export interface OpenedTurn {
  turn: EngineTurn
  /** The door for what is not part of a step. */
  door: WorkDoor
  /** Keeps these out of every line, through whichever door it comes. */
  hide(secrets: readonly Secret[]): void
}

/**
 * What an engine does in a step ends when the job is cancelled. What it only looks at between steps does not: after a restart the steps
 * that are to be taken back are found by going through all of them once more, and so is what stands between them. What is taken back
 * ends with the agent alone. `openDoor`: one without a deadline of its own; `stopping`: aborted when the agent ends.
 */
export function openEngineTurn(
  turn: JobTurn,
  stopping: AbortSignal,
  openDoor: (signal: AbortSignal) => WorkDoor,
): OpenedTurn {
  const hidden: Secret[] = []
  const doors: WorkDoor[] = []
  const open = (signal: AbortSignal) => {
    const door = openDoor(signal)
    for (const secret of hidden) door.redactor.add(secret)
    doors.push(door)
    return door
  }
  const between = open(stopping)
  const ahead = open(turn.signal)
  let now = { door: between, signal: stopping }
  const within = async <T>(door: WorkDoor, signal: AbortSignal, owner: Pick<Turn, 'hang'>, work: () => Promise<T>) => {
    const before = now
    now = { door, signal }
    try {
      return await work()
    } finally {
      now = before
      if (door.runner.uncertain) owner.hang(door.runner.settled())
    }
  }
  const takeBack =
    <Note>(undo: Undo<Note>) =>
    (note: Note | null, undoTurn: Turn) =>
      within(open(undoTurn.signal), undoTurn.signal, undoTurn, () => undo(note))
  const engineTurn: EngineTurn = {
    host: delegate(() => now.door.engineHost),
    get signal() {
      return now.signal
    },
    get deadlineAt() {
      return performance.now() + STEP_MS
    },
    log: (message) => turn.log(now.door.redactor.redact(message)),
    step: (name, work, undo) =>
      turn.step(name, () => within(ahead, turn.signal, turn, work), undo === undefined ? undefined : takeBack(undo)),
    advance: (progress) => turn.advance(progress),
    directory: (step) => turn.directory(step),
    run: (step, program, undo) => runProgram(turn, step, program, undo === undefined ? undefined : takeBack(undo)),
  }
  const hide = (secrets: readonly Secret[]) => {
    hidden.push(...secrets)
    for (const secret of secrets) for (const { redactor } of doors) redactor.add(secret)
  }
  return { turn: engineTurn, door: between, hide }
}

async function runProgram(
  turn: JobTurn,
  step: string,
  program: WorkProgram,
  undo: ((note: unknown, undoTurn: Turn) => Promise<void>) | undefined,
): Promise<void> {
  const { exitCode, lines } = await turn.run(step, { ...program, ...programCommand(program) }, undo)
  if (exitCode === 0) return
  const said = lines.slice(-LAST_LINES).join('\n')
  throw new HoldfastError('command_failed', `${program.command} ended with ${exitCode}. ${said}`.trim(), {
    details: { command: program.command, exitCode, said },
  })
}

/** The host of the door that is in use now: engines keep what they were given. */
function delegate(now: () => EngineHost): EngineHost {
  return {
    get hostId() {
      return now().hostId
    },
    get machines() {
      return now().machines
    },
    run: (command, args, options) => now().run(command, args, options),
    secretFile: (content) => now().secretFile(content),
    probe: {
      statfs: (path) => now().probe.statfs(path),
      list: (path) => now().probe.list(path),
      writeReadDelete: (path) => now().probe.writeReadDelete(path),
      readText: (path) => now().probe.readText(path),
      stat: (path) => now().probe.stat(path),
    },
  }
}
