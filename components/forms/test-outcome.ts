import type { OperationView, TestResult as TestOutcome } from '@/lib/operations/schema'

export type Step = TestOutcome['steps'][number]

export function outcomeOf(operation: OperationView): TestOutcome | null {
  const { result } = operation
  return typeof result === 'object' && result !== null && 'steps' in result ? (result as TestOutcome) : null
}

/** The steps so far: from the log while it runs, from the result when it has ended. */
export function stepsOf(operation: OperationView): Step[] {
  const outcome = outcomeOf(operation)
  if (outcome) return outcome.steps
  return operation.lines.flatMap((line) => (line.step ? [line.step] : []))
}

export function hasPassed(operation: OperationView): boolean {
  return outcomeOf(operation)?.success === true
}
