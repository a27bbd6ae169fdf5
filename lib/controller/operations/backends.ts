import type { z } from 'zod'
import type { TestStepMessage, UsageMessage } from '@/lib/agent-protocol/messages'
import { type KindResult, type OperationContext, succeeded } from '@/lib/controller/operations/context'
import { findBackend, findMountedOn, saveBackend } from '@/lib/controller/resources/backend-repository'
import { usageColumns } from '@/lib/controller/resources/backend-rollup'
import { saveStatus } from '@/lib/controller/resources/backend-status'
import { problemColumns } from '@/lib/controller/resources/problem-columns'
import type { Db } from '@/lib/db/client'
import { sealedParts } from '@/lib/db/sealed-secrets'
import { reportOf } from '@/lib/drivers/problems/report'
import { driverById, isDriverId } from '@/lib/drivers/registry'
import { HoldfastError } from '@/lib/errors'
import type { OperationPayload } from '@/lib/operations/schema'

type Step = z.infer<typeof TestStepMessage>

/** Layers that come before the storage has said anything about us. */
const NETWORK_STEPS = new Set(['name', 'tcp', 'protocol'])

/** Why a storage failed its test; `undefined` when it did not. */
function failureOf(steps: readonly Step[], success: boolean): HoldfastError | undefined {
  if (success) return undefined
  const step = steps.find(({ status }) => status === 'failed')
  if (step === undefined) return new HoldfastError('command_failed', 'The test did not finish.')
  const { id, title, detail = 'failed', problem, values, said } = step
  return new HoldfastError(NETWORK_STEPS.has(id) ? 'backend_unreachable' : 'command_failed', `${title}: ${detail}`, {
    details: { problem, values, said },
  })
}

/** The name of the host, where the figures are of that host alone. */
async function ownerOf(tx: Db, driver: string, hostId: string): Promise<string | null> {
  if (!isDriverId(driver) || driverById(driver).scope === 'fleet') return null
  return (await tx.host.findUnique({ where: { id: hostId }, select: { name: true } }))?.name ?? null
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
  const failure = failureOf(answer.steps, answer.success)
  context.done(succeeded(hostId))
  const at = new Date()
  return {
    result: JSON.parse(JSON.stringify(answer)),
    ...(failure ? { failure } : {}),
    ...(save
      ? {
          writes: [
            async (tx) => {
              await saveBackend(tx, backend.id, {
                observedStatus: !failure ? 'online' : failure.code === 'backend_unreachable' ? 'offline' : 'error',
                observedOn: null,
                ...problemColumns(failure ? { message: failure.message, ...reportOf(failure) } : null),
                observedAt: at,
                lastTestAt: at,
                lastTestOperation: context.operationId,
                ...(answer.usage ? usageColumns(answer.usage, at, await ownerOf(tx, backend.driver, hostId)) : {}),
              })
              // That one host can use it makes no mount well that cannot, and no other host emptier.
              if (!failure) await saveStatus(tx, backend.id)
            },
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
    writes: [
      async (tx) => {
        await saveBackend(tx, backendId, usageColumns(usage, new Date(), await ownerOf(tx, stored.driver, hostId)))
        await saveStatus(tx, backendId)
      },
    ],
    events: [{ topic: 'backend', id: backendId, kind: 'changed' }],
  }
}
