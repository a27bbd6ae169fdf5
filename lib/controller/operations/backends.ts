import type { z } from 'zod'
import type { TestStepMessage, UsageMessage } from '@/lib/agent-protocol/messages'
import { type KindResult, type OperationContext, succeeded } from '@/lib/controller/operations/context'
import { findBackend, findMountedOn, saveBackend } from '@/lib/controller/resources/backend-repository'
import { usageColumns } from '@/lib/controller/resources/backend-status'
import { sealedParts } from '@/lib/db/sealed-secrets'
import { HoldfastError } from '@/lib/errors'
import type { OperationPayload, TestResult } from '@/lib/operations/schema'

type Step = z.infer<typeof TestStepMessage>

/** Layers that come before the storage has said anything about us. */
const NETWORK_STEPS = new Set(['name', 'tcp', 'protocol'])

function summaryOf(steps: Step[], success: boolean): string {
  const failure = steps.find((step) => step.status === 'failed')
  if (failure) {
    const cause = `${failure.title}: ${failure.detail ?? 'failed'}`.replace(/\.?$/, '.')
    return [cause, failure.advice].filter(Boolean).join(' ')
  }
  const warnings = steps.filter((step) => step.status === 'warning').length
  if (!success) return 'The test did not finish.'
  return warnings > 0 ? `The storage works, with ${warnings} warnings.` : 'The storage works: every step passed.'
}

/** Layered test from one host. A storage that fails its test fails the operation; the steps are in the result all the same. */
export async function testBackend(
  payload: OperationPayload<'backend.test'>,
  context: OperationContext,
): Promise<KindResult> {
  const { hostId, save } = payload
  const backend = await context.open(payload.backend)
  const answer = await context.client.call(
    context.hostOf(hostId),
    'testBackend',
    { operationId: context.operationId, backend },
    { signal: context.signal, onMessage: (message) => context.hear(hostId, message) },
  )
  const failure = answer.steps.find((step) => step.status === 'failed')
  const message = summaryOf(answer.steps, answer.success)
  const result: TestResult = { success: answer.success, message, steps: answer.steps, usage: answer.usage }
  context.done(succeeded(hostId))
  const at = new Date()
  const isUnreachable = failure !== undefined && NETWORK_STEPS.has(failure.id)
  return {
    result: JSON.parse(JSON.stringify(result)),
    ...(answer.success
      ? {}
      : { failure: new HoldfastError(isUnreachable ? 'backend_unreachable' : 'command_failed', message) }),
    ...(save
      ? {
          writes: [
            (tx) =>
              saveBackend(tx, backend.id, {
                observedStatus: answer.success ? 'online' : isUnreachable ? 'offline' : 'error',
                observedError: answer.success ? null : message,
                observedAt: at,
                lastTestAt: at,
                lastTestOperation: context.operationId,
                ...(answer.usage ? usageColumns(answer.usage, at) : {}),
              }),
          ],
          events: [{ topic: 'backend', id: backend.id, kind: 'changed' }],
        }
      : {}),
  }
}

export async function discover(
  payload: OperationPayload<'backend.discover'>,
  context: OperationContext,
): Promise<KindResult> {
  const { hostId, discovery } = payload
  const answer = await context.client.call(
    context.hostOf(hostId),
    'discover',
    { operationId: context.operationId, discovery, backend: await context.open(payload.backend) },
    { signal: context.signal, onMessage: (message) => context.hear(hostId, message) },
  )
  context.done(succeeded(hostId))
  return { result: JSON.parse(JSON.stringify(answer)) }
}

export async function readUsage(
  payload: OperationPayload<'backend.usage'>,
  context: OperationContext,
): Promise<KindResult> {
  const { hostId, backendId } = payload
  const stored = await findBackend(context.prisma, backendId)
  if (!stored) throw new HoldfastError('not_found', 'The backend has been deleted.')
  const backend = await context.open({
    ...stored,
    ...sealedParts(stored.secrets),
  })
  const usage: z.infer<typeof UsageMessage> = await context.client.call(
    context.hostOf(hostId),
    'usage',
    { operationId: context.operationId, backend, mountId: await findMountedOn(context.prisma, backendId, hostId) },
    { signal: context.signal, onMessage: (message) => context.hear(hostId, message) },
  )
  context.done(succeeded(hostId))
  return {
    result: JSON.parse(JSON.stringify(usage)),
    writes: [(tx) => saveBackend(tx, backendId, usageColumns(usage, new Date()))],
    events: [{ topic: 'backend', id: backendId, kind: 'changed' }],
  }
}
