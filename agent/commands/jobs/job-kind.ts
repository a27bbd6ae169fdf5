import type { z } from 'zod'
import type { CommandTurn, Undo } from '@/agent/commands/turn'
import type { Program } from '@/agent/host/programs/programs'
import type { Progress } from './rate'

/** What one kind of long work says of itself. */
export interface JobKind<Request> {
  /** Name of its command, in the journal and on the wire. */
  readonly command: string
  /** What is asked, as the journal keeps it (sealed) for the next agent. */
  readonly request: z.ZodType<Request>
  /** Checks that need nothing but memory. Throws what refuses the job before anything is written down. */
  check?(request: Request): void
  /** What nobody else may act on meanwhile, if that is not the resource that its command names. */
  holds?(request: Request): string
  /**
   * The work, from its first step to its last; gives the result. After a restart of the agent it is called again: steps that were done
   * are skipped, and a program that still runs is joined. Whatever may fail belongs into a step, so that those after it are still taken back.
   */
  work(request: Request, turn: JobTurn): Promise<unknown>
}

export interface JobProgram extends Program {
  /** How far it is, as far as this line of its output tells; null: a line for people, which goes to the log. */
  parseProgress(line: string): Progress | null
  /** What people are told in place of a line that is for programs; null: nothing. Default: the line. */
  words?(line: string): string | null
  /**
   * What follows when it was killed, or the host was restarted, before it ended: it is started again (`resume`; it goes on by what it
   * finds), or the job fails and what it did is taken back (`undo`).
   */
  whenKilled: 'resume' | 'undo'
  /** Without a line of output for this long it is given up. */
  silentMs: number
}

/** How a program ended by itself, with the last lines that it printed. */
export interface ProgramEnd {
  exitCode: number
  lines: readonly string[]
}

export interface JobTurn extends CommandTurn {
  /** How far a step is that waits for something else than a program. */
  advance(progress: Progress): void
  /** Where the files of that step's program will be, to be named in its arguments. */
  directory(step: string): string
  /**
   * One step that is a program of its own beside the agent. It is joined where it runs already. Throws `command_failed` for a program
   * that was ended by a signal, `timed_out` for one that is silent for too long, `cancelled`; what an exit code means is for the kind.
   */
  run(step: string, program: JobProgram, undo?: Undo<ProgramEnd>): Promise<ProgramEnd>
}
