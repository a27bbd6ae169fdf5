import type { HistoryLine } from '@/lib/controller/resources/kind'
import type { StoredMount } from '@/lib/controller/resources/mounts/observed-repository'
import { traitsOf } from '@/lib/mounts/state'

/**
 * The line of history that tells a new observation from the one before; null when it is no news. Numbers inside a message change
 * often, so a message alone is none.
 */
export function eventOf(before: StoredMount | undefined, row: StoredMount): HistoryLine | null {
  if (traitsOf(row.observedState).isPassing) return null
  const { observedState: state, observedError: error, observedProblem: problem } = row
  const isSame =
    before !== undefined &&
    before.observedState === state &&
    before.observedProblem === problem &&
    (before.observedError === null) === (error === null)
  if (!isSame) {
    const isFirstNothing =
      state === 'absent' && error === null && (before === undefined || before.observedState === 'unknown')
    return isFirstNothing ? null : { state, error, problem }
  }
  const wasMounted = before.observedOptions !== null && row.observedOptions !== null
  if (
    wasMounted &&
    before.observedOptions !== row.observedOptions &&
    before.observedGeneration === row.observedGeneration
  ) {
    return { state, error: `Options in force: ${row.observedOptions}`, problem: null }
  }
  return null
}
