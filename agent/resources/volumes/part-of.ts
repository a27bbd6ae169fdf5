import type { EngineTurn, WorkProgram } from '@/lib/volume-engines/contract/engine'

/** The turn for one of several acts of an operation: each has its own names of steps, and says what it does. */
export function partOf(turn: EngineTurn, { name, phase }: { name: string; phase: string | null }): EngineTurn {
  const nameOf = (step: string) => `${name}.${step}`
  const within = (program: WorkProgram): WorkProgram => ({
    ...program,
    parseProgress: (line) => {
      const progress = program.parseProgress(line)
      return progress === null || phase === null ? progress : { phase, ...progress }
    },
  })
  return {
    host: turn.host,
    get signal() {
      return turn.signal
    },
    get deadlineAt() {
      return turn.deadlineAt
    },
    log: (message) => turn.log(message),
    step: (step, work, undo) => turn.step(nameOf(step), work, undo),
    advance: (progress) => turn.advance(progress),
    directory: (step) => turn.directory(nameOf(step)),
    run: (step, program, undo) => turn.run(nameOf(step), within(program), undo),
  }
}
