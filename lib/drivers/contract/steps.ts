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

/** One layer of a test. `advice` says what to do; `command` is what a person can run to see it for themselves. */
export interface TestStep extends ProblemReport {
  id: StepId
  title: string
  status: 'passed' | 'failed' | 'skipped' | 'warning'
  durationMs: number
  detail?: string
  /** Of a failure that is no problem of the catalogue. */
  code?: ErrorCode
  advice?: string
  command?: string
  /** What the capacity step measured. */
  usage?: Usage
}
