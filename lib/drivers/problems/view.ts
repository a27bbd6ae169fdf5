import type { ProblemValue, ProblemValues } from '@/lib/drivers/problems/definition'
import type { ExplanationView } from '@/lib/drivers/problems/schema'
import { explain, isProblemId } from '@/lib/drivers/problems/words'

/** A failure as it is kept in a row. */
export interface KeptProblem {
  /** A sentence for whoever does not know the problem. */
  error: string | null
  problem: string | null
  /** Null: an older agent has sent words only. */
  values: unknown
  said: string | null
}

export interface Explained {
  /** What is wrong, in a sentence; null when nothing is. */
  message: string | null
  explanation: ExplanationView | null
}

/** The columns of a row that was observed. */
interface ObservedProblem {
  observedError: string | null
  observedProblem: string | null
  observedValues: unknown
  observedSaid: string | null
}

/** Texts and numbers of a stored object; a config has more, which no words speak of. */
export function plainValues(stored: unknown): Record<string, ProblemValue> {
  if (typeof stored !== 'object' || stored === null) return {}
  return Object.fromEntries(
    Object.entries(stored).filter(
      (entry): entry is [string, ProblemValue] => typeof entry[1] === 'string' || typeof entry[1] === 'number',
    ),
  )
}

/**
 * Puts a kept failure into words. `known` is what else is known of the storage, for what an older agent did not send; its own words
 * are shown as what was said, unless they say the same.
 */
export function explained({ error, problem, values, said }: KeptProblem, known: ProblemValues = {}): Explained {
  if (problem === null || !isProblemId(problem)) return { message: error, explanation: null }
  const own = plainValues(values)
  const { title, message, advice, command } = explain(problem, { ...known, ...own })
  const older = values === null && error !== null && !error.startsWith(title) ? error : null
  return { message, explanation: { id: problem, title, advice, command, said: said ?? older, values: own } }
}

/** The same of what a host shows. */
export function explainedRow(row: ObservedProblem, known?: ProblemValues): Explained {
  const { observedError, observedProblem, observedValues, observedSaid } = row
  const kept = { error: observedError, problem: observedProblem, values: observedValues, said: observedSaid }
  return explained(kept, known)
}
