import type { z } from 'zod'
import type { TestStepMessage } from '@/lib/agent-protocol/messages'
import { explained } from '@/lib/drivers/problems/view'
import { ERROR_CODES, isErrorCode } from '@/lib/errors'
import type { TestStepView } from '@/lib/operations/schema'

type Kept = z.infer<typeof TestStepMessage>

/** A step of a test in words. One of an older agent brings its own. */
export function stepView({ values, said, code, ...step }: Kept): TestStepView {
  if (step.advice !== undefined) return step
  const kept = { error: step.detail ?? null, problem: step.problem ?? null, values: values ?? {}, said: said ?? null }
  const { message, explanation } = explained(kept)
  const hasFailed = step.status === 'failed'
  if (explanation === null) {
    const advice = hasFailed && code !== undefined && isErrorCode(code) ? ERROR_CODES[code].recovery : undefined
    return { ...step, ...(advice === undefined ? {} : { advice }) }
  }
  const { advice, command } = explanation
  return {
    ...step,
    ...(hasFailed && message !== null
      ? { detail: said === undefined ? message : `${message.replace(/\.$/, '')}: ${said}` }
      : {}),
    advice,
    ...(command === null ? {} : { command }),
    explanation,
  }
}

/** How a test went, in a sentence. */
export function testSummary(steps: readonly TestStepView[], success: boolean): string {
  const failure = steps.find((step) => step.status === 'failed')
  if (failure) {
    const cause = `${failure.title}: ${failure.detail ?? 'failed'}`.replace(/\.?$/, '.')
    return [cause, failure.advice].filter(Boolean).join(' ')
  }
  const warnings = steps.filter((step) => step.status === 'warning').length
  if (!success) return 'The test did not finish.'
  return warnings > 0 ? `The storage works, with ${warnings} warnings.` : 'The storage works: every step passed.'
}
