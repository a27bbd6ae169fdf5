import { failpoint } from '@/agent/host/failpoint'
import type { DoneStep, JournalSteps } from '@/agent/journal/steps'
import { HoldfastError, toHoldfastError } from '@/lib/errors'
import type { Turn, Undo } from './turn'

interface Entered {
  name: string
  note: unknown
  undo: Undo<unknown> | undefined
}

/** The steps of one operation while it is carried out. */
export class Steps {
  /** Those that were done before. */
  readonly done: readonly DoneStep[]
  readonly #journal: JournalSteps
  readonly #operationId: string
  readonly #entered: Entered[] = []
  /** Why this operation is only taken back any more; null while it goes ahead. */
  #failure: HoldfastError | null

  constructor(journal: JournalSteps, operationId: string) {
    this.#journal = journal
    this.#operationId = operationId
    this.done = journal.of(operationId)
    this.#failure = journal.undoing(operationId)
  }

  /** As `CommandTurn.step`. Throws the stored failure where an operation that is being taken back would go ahead. */
  async step<Note>(name: string, work: () => Promise<Note>, undo?: Undo<Note>): Promise<Note> {
    const entered = this.#enter(name, undo as Undo<unknown> | undefined)
    const before = this.done.find((step) => step.name === name)
    if (before !== undefined) {
      entered.note = before.note
      return before.note as Note
    }
    this.requireAhead()
    failpoint(`step.${name}.before`)
    // As it will be read back after a restart, so that nobody relies on more than that.
    const note = JSON.parse(JSON.stringify((await work()) ?? null))
    entered.note = note
    failpoint(`step.${name}.worked`)
    this.#journal.done(this.#operationId, name, note)
    failpoint(`step.${name}.noted`)
    return note
  }

  requireAhead(): void {
    if (this.#failure !== null) throw this.#failure
  }

  /**
   * Takes back what was done, the last step first, and gives what the operation failed with. Where a step cannot be taken back, those
   * before it stay too, and the failure says so. Rejects only when it is cut off; the next agent goes on then.
   */
  async undo(failure: HoldfastError, turn: Turn): Promise<HoldfastError> {
    const undoable = this.#entered.filter(({ undo }) => undo !== undefined)
    if (undoable.length === 0) return failure
    this.#failure ??= failure
    this.#journal.undo(this.#operationId, this.#failure)
    failpoint('undo.noted')
    for (const { name, note, undo } of undoable.reverse()) {
      try {
        await undo?.(note, turn)
      } catch (error) {
        if (turn.signal.aborted) throw error
        return withLeftover(this.#failure, name, toHoldfastError(error))
      }
      failpoint(`undo.${name}.after`)
    }
    return this.#failure
  }

  #enter(name: string, undo: Undo<unknown> | undefined): Entered {
    if (this.#entered.some((step) => step.name === name)) {
      throw new HoldfastError('internal', `Two steps of one operation are called ${name}.`)
    }
    const entered = { name, note: null, undo }
    this.#entered.push(entered)
    return entered
  }
}

function withLeftover(failure: HoldfastError, step: string, reason: HoldfastError): HoldfastError {
  const message = `${failure.message} What the step ${step} had done could not be taken back: ${reason.message}`
  return new HoldfastError(failure.code, message, { details: { ...failure.details, left: step }, cause: reason })
}
