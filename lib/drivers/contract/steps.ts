import type { Usage } from '@/lib/drivers/contract/values'
import type { ProblemReport } from '@/lib/drivers/problems/report'
import type { ErrorCode } from '@/lib/errors'

export const STEP_IDS = [
  'tools',
  'name',
  'tcp',
  'protocol',
  'authentication',
  'target',
  'namespace',
  'mount',
  'write',
  'capacity',
  'unmount',
] as const
export type StepId = (typeof STEP_IDS)[number]

/** One layer of a test. What is wrong is put into words by whoever shows it. */
export interface TestStep extends ProblemReport {
  id: StepId
  title: string
  status: 'passed' | 'failed' | 'skipped' | 'warning'
  durationMs: number
  /** What was found; of a failure a sentence for whoever does not know its problem. */
  detail?: string
  /** Of a failure that is no problem of the catalogue. */
  code?: ErrorCode
  /** What the capacity step measured. */
  usage?: Usage
}
