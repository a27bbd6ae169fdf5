import type { z } from 'zod'
import { Choices, type ChoicesOrOperation, type TestOrOperation } from '@/lib/backends/test-answer'
import type { Reply } from '@/lib/http/define-route'
import { DEFAULT_WAIT_MS, operationPath, settle, type Waiting } from '@/lib/http/operation-reply'
import { type OperationView, TestResult } from '@/lib/operations/schema'
import { errorOfOperation, isFinal } from '@/lib/operations/service'

interface Data<T> {
  data: T
  message?: string | undefined
}

function stillRunning(operation: OperationView, message: string) {
  return { status: 202, body: { data: operation, message }, location: operationPath(operation.id) }
}

/** Waits for the outcome unless told otherwise. A storage that fails its test is an answer (200), not an error of the API. */
export async function testReply(id: string, call: Waiting): Promise<Reply<Data<z.input<typeof TestOrOperation>>>> {
  const operation = await settle(id, call, DEFAULT_WAIT_MS)
  if (!isFinal(operation.status)) return stillRunning(operation, 'Test requested')
  const result = TestResult.safeParse(operation.result)
  if (!result.success) throw errorOfOperation(operation)
  return { body: { data: { ...result.data, operation_id: id } }, location: operationPath(id) }
}

/** Waits for the choices unless told otherwise; a discovery that fails is a problem with its advice. */
export async function discoverReply(
  id: string,
  call: Waiting,
): Promise<Reply<Data<z.input<typeof ChoicesOrOperation>>>> {
  const operation = await settle(id, call, DEFAULT_WAIT_MS)
  if (!isFinal(operation.status)) return stillRunning(operation, 'Discovery requested')
  const result = Choices.safeParse(operation.result)
  if (!result.success) throw errorOfOperation(operation)
  return { body: { data: { ...result.data, operation_id: id } }, location: operationPath(id) }
}
