import { z } from 'zod'
import { TestStepMessage, UsageMessage } from '@/lib/agent-protocol/messages'
import { explained } from '@/lib/drivers/problems/view'
import { ERROR_CODES, isErrorCode } from '@/lib/errors'
import type { OperationFull, OperationRecord } from '@/lib/operations/repository'
import {
  JOB_KINDS,
  type JobView,
  OPERATION_TITLES,
  type OperationKind,
  type OperationLine,
  type OperationRow,
  type OperationView,
  StoredJob,
} from '@/lib/operations/schema'
import { stepView, testSummary } from '@/lib/operations/steps'
import { RolloutState } from '@/lib/rollouts/schema'
import { rolloutView } from '@/lib/rollouts/waves'

type StoredError = Pick<OperationRecord, 'errorCode' | 'error' | 'problem' | 'values' | 'said'>

/** What to do next is the advice of the problem; without one, that of the code. */
function errorView({ errorCode: code, ...kept }: StoredError): OperationRow['error'] {
  if (code === null && kept.error === null) return null
  const known = code !== null && isErrorCode(code) ? code : 'internal'
  const { message, explanation } = explained(kept)
  const recovery = explanation?.advice ?? ERROR_CODES[known].recovery
  return { code: known, message: message ?? '', recovery, explanation }
}

export function rowOf(row: OperationRecord): OperationRow {
  const title = row.title ?? OPERATION_TITLES[row.kind as OperationKind] ?? row.kind
  return {
    id: row.id,
    kind: row.kind,
    title,
    summary: row.summary ?? [title, row.targetName].filter(Boolean).join(' '),
    target:
      row.targetKind === null || row.targetId === null
        ? null
        : { kind: row.targetKind, id: row.targetId, name: row.targetName ?? row.targetId },
    status: row.status,
    requested_by: row.requestedBy,
    host_count: row._count.hosts,
    error: errorView(row),
    created_at: row.createdAt.toISOString(),
    started_at: row.startedAt?.toISOString() ?? null,
    finished_at: row.finishedAt?.toISOString() ?? null,
  }
}

export function viewOf(row: OperationFull): OperationView {
  return {
    ...rowOf(row),
    hosts: row.hosts.map((host) => ({
      host_id: host.hostId,
      host_name: host.host.name,
      // A host that is away is parked, as a whole rollout is that has stopped.
      status: host.status === 'paused' ? 'waiting' : host.status,
      error: errorView(host),
      started_at: host.startedAt?.toISOString() ?? null,
      finished_at: host.finishedAt?.toISOString() ?? null,
      job: jobView(host.job),
    })),
    can_cancel: canCancel(row),
    is_cancelling: row.status === 'running' && row.cancelRequestedAt !== null,
    lines: row.steps.map(lineOf),
    result: row.kind === 'backend.test' ? testView(row.result) : (row.result ?? null),
    rollout: row.rollout === null ? null : rolloutView(RolloutState.parse(row.rollout)),
  }
}

/** A rollout has its own ways of being stopped, beside these. */
function canCancel({ kind, status, cancelRequestedAt }: OperationFull): boolean {
  return status === 'queued' || (status === 'running' && JOB_KINDS.has(kind) && cancelRequestedAt === null)
}

function jobView(stored: unknown): JobView | null {
  if (stored === null) return null
  const { state, progress } = StoredJob.parse(stored)
  return { state, progress: progressView(progress) }
}

/** How far long work is, in words of the API; null: it has not said. */
export function progressView(progress: StoredJob['progress']): JobView['progress'] {
  if (progress === null) return null
  const { perSecond, ...told } = progress
  return { ...told, per_second: perSecond }
}

function lineOf(row: OperationFull['steps'][number]): OperationLine {
  const { data: step } = TestStepMessage.safeParse(row.kind === 'step' ? row.data : undefined)
  return {
    id: row.id,
    at: row.at.toISOString(),
    host_id: row.hostId,
    kind: row.kind === 'step' ? 'step' : 'log',
    message: row.message,
    ...(step === undefined ? {} : { step: stepView(step) }),
  }
}

/** As it is kept; those of earlier versions bring their message. */
const KeptTest = z.object({
  success: z.boolean(),
  message: z.string().optional(),
  steps: z.array(TestStepMessage),
  usage: UsageMessage.nullable(),
})

function testView(kept: unknown): unknown {
  const { data } = KeptTest.safeParse(kept)
  if (data === undefined) return kept ?? null
  const { success, usage } = data
  const steps = data.steps.map(stepView)
  return { success, message: data.message ?? testSummary(steps, success), steps, usage }
}
