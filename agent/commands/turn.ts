import type { DoneStep } from '@/agent/journal/steps'

/** Whoever has its turn on a resource is given this. */
export interface Turn {
  readonly operationId: string
  /** Aborted when the agent stops, and in background work when a command wants the resource. */
  readonly signal: AbortSignal
  /** For people: what is being done. */
  log(message: string): void
  /**
   * A child that was given up on still runs, until `gone`. Till then nobody else may act on the resource, and the command is not
   * finished: what it did is not known yet.
   */
  hang(gone: Promise<void>): void
}

/** Takes back what a step has done. `note`: what it left; null when it is not known how far it came. Nothing there: success. */
export type Undo<Note> = (note: Note | null, turn: Turn) => Promise<void>

/** The turn of a command, which may have steps. */
export interface CommandTurn extends Turn {
  /** The steps that were done before an agent took this operation over; empty for a new one. */
  readonly done: readonly DoneStep[]
  /**
   * One part of the work, done once: of a part that was finished before a restart, the stored note is given and `work` is not called.
   * One that was cut off is done again, so it may be repeated, as everything on a host. When the operation fails, each `undo` that was
   * given is called, the last one first, also after a restart and also that of the part which failed.
   *
   * The name tells it from the other steps of this operation. The note is JSON, small, and sealed in the journal.
   */
  step<Note>(name: string, work: () => Promise<Note>, undo?: Undo<Note>): Promise<Note>
}
