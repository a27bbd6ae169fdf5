import { z } from 'zod'
import { OperationView, TestResult } from '@/lib/operations/schema'

/** Answer of a test that has ended, well or not: the steps say where. */
export const TestAnswer = TestResult.extend({ operation_id: z.string() })

/** Answer of a test or discovery: the outcome, or the operation while it still runs (202). */
export const TestOrOperation = z.union([TestAnswer, OperationView])

export const Choices = z.object({
  choices: z.array(z.object({ value: z.string(), label: z.string().optional(), detail: z.string().optional() })),
})
export const ChoicesOrOperation = z.union([Choices.extend({ operation_id: z.string() }), OperationView])
