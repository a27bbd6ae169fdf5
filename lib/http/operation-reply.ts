import { z } from 'zod'
import type { Reply } from '@/lib/http/define-route'
import { single } from '@/lib/http/envelope'
import { OperationStatus, OperationView } from '@/lib/operations/schema'
import { errorOfOperation, isFinal, readOperation, waitForOperation } from '@/lib/operations/service'

/** How long a route waits that is documented to answer with the outcome, when the caller does not say. */
export const DEFAULT_WAIT_MS = 30_000

/** What a route needs of its call to decide about waiting. */
export interface Waiting {
  prefer: { waitMs: number | null; isAsync: boolean }
  signal: AbortSignal
}

export const OperationAnswer = single(OperationView)

/** The part of an operation that an answer about something else carries. */
export const OperationNote = z.object({ id: z.string(), status: OperationStatus })

/** `single`, with the operation that carries the change to the hosts; null when they have nothing to do. */
export function withOperation<T extends z.ZodType>(data: T) {
  return single(data).extend({ operation: OperationNote.nullable() })
}

export function operationPath(id: string): string {
  return `/api/v1/operations/${id}`
}

function waitMsOf({ prefer }: Waiting, defaultMs: number): number {
  return prefer.isAsync ? 0 : (prefer.waitMs ?? defaultMs)
}

/** The operation as it is when it has ended or when the caller wants to wait no longer. */
export function settle(id: string, call: Waiting, defaultMs = 0): Promise<OperationView> {
  const waitMs = waitMsOf(call, defaultMs)
  return waitMs > 0 ? waitForOperation(id, waitMs, call.signal) : readOperation(id)
}

/** 202 while it runs, 200 when it has ended well (or in part); its failure is thrown as the problem that it is. */
export async function operationReply(
  id: string,
  call: Waiting,
  message: string,
  defaultMs = 0,
): Promise<Reply<z.input<typeof OperationAnswer>>> {
  const operation = await settle(id, call, defaultMs)
  if (!isFinal(operation.status)) {
    return { status: 202, body: { data: operation, message: `${message} requested` }, location: operationPath(id) }
  }
  if (operation.status === 'failed' || operation.status === 'cancelled') throw errorOfOperation(operation)
  return { status: 200, body: { data: operation, message: `${message} finished` }, location: operationPath(id) }
}
