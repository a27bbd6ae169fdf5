import 'server-only'
import type { z } from 'zod'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import type { Db } from '@/lib/db/client'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError, isErrorCode } from '@/lib/errors'
import { processBus, publishChanged, publishWanted } from '@/lib/events/process-bus'
import { newId } from '@/lib/ids'
import * as repository from '@/lib/operations/repository'
import {
  JOB_KINDS,
  type ListOperations,
  OPERATION_KINDS,
  type OperationKind,
  type OperationPayload,
  type OperationRow,
  type OperationStatus,
  type OperationView,
} from '@/lib/operations/schema'
import { rowOf, viewOf } from '@/lib/operations/view'
import { atMost } from '@/lib/pause'
import type { RolloutState } from '@/lib/rollouts/schema'
import { undoWork } from '@/lib/volumes/undo'

export interface StartOperation<K extends OperationKind> {
  kind: K
  target: { kind: string; id: string; name: string }
  words?: repository.OperationWords
  payload: OperationPayload<K>
  hostIds: readonly string[]
  /** In waves; the caller holds the rows of its hosts. */
  rollout?: RolloutState | undefined
}

/**
 * Writes an operation down inside the transaction of the change that asks for it, and returns its id. The caller has
 * authorised it, and calls `announceOperation` once the transaction is committed.
 */
export async function startOperation<K extends OperationKind>(
  tx: Db,
  actor: Actor,
  wanted: StartOperation<K>,
): Promise<string> {
  const id = newId('operation')
  await repository.insert(tx, { id, requestedBy: actor.name, ...wanted })
  return id
}

/** Tells the controller and the readers. A lost message only costs time: the controller also looks by itself. */
export function announceOperation(id: string): void {
  publishWanted('operation', id)
}

export async function listOperations(
  actor: Actor,
  query: z.infer<typeof ListOperations>,
): Promise<{ data: OperationRow[]; total: number; nextCursor?: string }> {
  authorize(actor, 'operations.read')
  const filter = { statuses: query.status, kinds: query.kind, targetIds: query.target_id, hostIds: query.host_id }
  const [rows, total] = await Promise.all([
    repository.findPage(filter, query.cursor, query.limit + 1),
    repository.count(filter),
  ])
  const page = rows.slice(0, query.limit)
  const last = page.at(-1)
  return { data: page.map(rowOf), total, ...(rows.length > query.limit && last ? { nextCursor: last.id } : {}) }
}

/** With `waiting`: once it has ended, or as it is when the time is over. */
export async function getOperation(
  actor: Actor,
  id: string,
  waiting?: { waitMs: number | null; signal: AbortSignal },
): Promise<OperationView> {
  authorize(actor, 'operations.read')
  return waiting?.waitMs ? waitForOperation(id, waiting.waitMs, waiting.signal) : readOperation(id)
}

/** For services that have authorised the caller for the operation's target. */
export async function readOperation(id: string): Promise<OperationView> {
  const found = await repository.findById(id)
  if (!found) throw new HoldfastError('not_found', 'Operation not found')
  return viewOf(found)
}

/**
 * What has not begun, and jobs: those are stopped on their host, which takes back what they did; the operation then ends as cancelled.
 * Anything else that runs is not: half a mount helps nobody. Throws `conflict` then. Rollouts: `lib/rollouts`.
 */
export async function cancelOperation(actor: Actor, id: string): Promise<OperationView> {
  authorize(actor, 'operations.write')
  const before = await readOperation(id)
  await inTransaction(async (tx) => {
    const at = new Date()
    const wanted = await repository.findPayload(tx, id)
    const isCancelled = await repository.cancelQueued(tx, id, at)
    if (!isCancelled && !(await repository.requestCancel(tx, id, JOB_KINDS, at))) {
      throw new HoldfastError(
        'conflict',
        before.finished_at === null
          ? 'The operation has begun already; wait for its end and then undo it.'
          : 'The operation has ended already; there is nothing left to cancel.',
      )
    }
    if (isCancelled && wanted?.kind === 'volume.work')
      await undoWork(tx, OPERATION_KINDS['volume.work'].parse(wanted.payload))
    await recordAudit(tx, actor, {
      action: 'operation.cancelled',
      target: { kind: 'operation', id, name: before.summary },
    })
  })
  publishChanged('operation', id)
  announceOperation(id)
  return readOperation(id)
}

/** A rollout that waits for a person does not come to an end by itself. */
function isSettled(status: OperationStatus): boolean {
  return isFinal(status) || status === 'paused'
}

const FINAL: ReadonlySet<OperationStatus> = new Set(['succeeded', 'failed', 'partial', 'cancelled'])

export function isFinal(status: OperationStatus): boolean {
  return FINAL.has(status)
}

/** Between two looks at the database, in case a message was lost. */
const LOOK_EVERY_MS = 500

/** The operation once it has ended, or as it is when the time is over or the caller has gone. */
export async function waitForOperation(id: string, waitMs: number, signal?: AbortSignal): Promise<OperationView> {
  const deadline = performance.now() + waitMs
  let wake = () => {}
  const stop = processBus().subscribe((event) => {
    if (event.topic === 'operation' && event.id === id && event.kind === 'changed') wake()
  })
  const onAbort = () => wake()
  signal?.addEventListener('abort', onAbort)
  try {
    for (;;) {
      const change = new Promise<void>((resolve) => {
        wake = resolve
      })
      const state = await repository.findState(id)
      const left = deadline - performance.now()
      if (!state || isSettled(state.status) || left <= 0 || signal?.aborted) return await readOperation(id)
      await atMost(Math.min(left, LOOK_EVERY_MS), change)
    }
  } finally {
    signal?.removeEventListener('abort', onAbort)
    stop()
  }
}

/** What an operation failed of, as the error that a waiting caller gets; its steps and id come along. */
export function errorOfOperation(operation: OperationView): HoldfastError {
  const ofHost = operation.hosts.find((host) => host.error !== null)
  const error = operation.error ?? ofHost?.error
  const details = {
    operation: { id: operation.id, status: operation.status },
    steps: operation.lines.flatMap((line) => (line.step ? [line.step] : [])),
  }
  if (operation.status === 'cancelled')
    return new HoldfastError('conflict', 'The operation was cancelled.', { details })
  if (!error) return new HoldfastError('internal', 'The operation failed.', { details })
  const { message, recovery, explanation } = error
  return new HoldfastError(isErrorCode(error.code) ? error.code : 'command_failed', message, {
    recovery,
    details: { ...details, ...(explanation === null ? {} : { explanation }) },
  })
}
