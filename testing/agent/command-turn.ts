import type { CommandTurn, Undo } from '@/agent/commands/turn'
import { testId } from '@/testing/ids'

class Killed extends Error {}

/** As the runner's own: steps that were noted are not done again, and those of a failure are taken back. `dies`: after this step's work. */
export function turnOf(
  operation: string,
  {
    notes = [],
    dies = '',
    logs = [],
  }: { notes?: { name: string; note: unknown }[]; dies?: string; logs?: string[] } = {},
) {
  const entered: { note: unknown; undo: Undo<unknown> }[] = []
  const turn: CommandTurn = {
    ...{ operationId: testId('operation', operation), signal: AbortSignal.any([]), done: notes },
    log: (message) => void logs.push(message),
    hang: () => undefined,
    async step(name, work, undo) {
      const before = notes.find((step) => step.name === name)
      const own = { note: before?.note ?? null, undo: (undo ?? (async () => undefined)) as Undo<unknown> }
      entered.push(own)
      if (before !== undefined) return before.note as never
      const note = JSON.parse(JSON.stringify((await work()) ?? null))
      if (name === dies) throw new Killed()
      own.note = note
      notes.push({ name, note })
      return note
    },
  }
  /** `isKilled`: nothing is taken back. */
  const carry = async <T>(work: Promise<T>, isKilled = false): Promise<T> => {
    try {
      return await work
    } catch (error) {
      if (!isKilled) for (const { note, undo } of entered.toReversed()) await undo(note, turn)
      throw error
    }
  }
  return { turn, carry, notes }
}
