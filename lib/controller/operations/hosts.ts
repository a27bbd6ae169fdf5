import { setTimeout } from 'node:timers/promises'
import type { AgentTarget } from '@/lib/agent-client/client'
import type { HostInfo } from '@/lib/agent-protocol/messages'
import { tellForeignMounts } from '@/lib/agent-protocol/tell-foreign-mounts'
import type { AgentPackage } from '@/lib/controller/fleet/agent-package'
import { type KindResult, type OperationContext, succeeded } from '@/lib/controller/operations/context'
import { HoldfastError } from '@/lib/errors'
import type { OperationPayload } from '@/lib/operations/schema'

export async function refreshHost(
  payload: OperationPayload<'host.refresh'>,
  context: OperationContext,
): Promise<KindResult> {
  await context.refreshHost(payload.hostId)
  context.done(succeeded(payload.hostId))
  return {}
}

export async function inspectMount(
  payload: OperationPayload<'host.inspect_mount'>,
  context: OperationContext,
): Promise<KindResult> {
  const { hostId, mountId } = payload
  const answer = await context.client.call(
    context.hostOf(hostId),
    'inspectMount',
    { mountId },
    { signal: context.signal },
  )
  context.done(succeeded(hostId))
  return { result: JSON.parse(JSON.stringify(answer)) }
}

export async function listExistingMounts(
  { hostId }: OperationPayload<'host.existing_mounts'>,
  context: OperationContext,
): Promise<KindResult> {
  const found = await context.client.call(context.hostOf(hostId), 'listForeignMounts', {}, { signal: context.signal })
  context.done(succeeded(hostId))
  return { result: JSON.parse(JSON.stringify(tellForeignMounts(found))) }
}

export async function installTools(
  payload: OperationPayload<'host.install_tools'>,
  context: OperationContext,
): Promise<KindResult> {
  const { hostId, commands } = payload
  const { tools } = await context.client.call(
    context.hostOf(hostId),
    'installTools',
    {
      operationId: context.operationId,
      resourceId: hostId,
      // Tools have no desired row: each wish stands for itself.
      generation: 0,
      fence: await context.fence(hostId),
      ttlMs: 60_000,
      commands,
    },
    { signal: context.signal, onMessage: (message) => context.hear(hostId, message) },
  )
  context.done(succeeded(hostId))
  await context.refreshHost(hostId)
  return { result: JSON.parse(JSON.stringify({ tools })) }
}

/** How long an agent may take from its answer to the first one of its successor. */
const RESTART_MS = 90_000
const LOOK_MS = 1_000

/** Hands the host the agent that this controller has, and waits until that one answers. */
export async function updateAgent(
  { hostId }: OperationPayload<'host.update_agent'>,
  context: OperationContext,
): Promise<KindResult> {
  const { client, signal } = context
  const host = context.hostOf(hostId)
  const { architecture } = await client.call(host, 'info', {}, { signal })
  const { file, sha256, version } = packageFor(architecture, context.agentPackage())
  const command = { operationId: context.operationId, resourceId: hostId, generation: 0, ttlMs: 60_000 }
  const { startedAt } = await client
    .call(
      host,
      'updateAgent',
      { ...command, fence: await context.fence(hostId), file, sha256, version },
      { signal, onMessage: (message) => context.hear(hostId, message) },
    )
    .catch((error: unknown) => {
      throw error instanceof HoldfastError && error.code === 'unsupported' ? tooOld(error) : error
    })
  context.log(hostId, 'It is installed. The agent starts again.')
  const now = await afterRestart(startedAt, host, context)
  if (now.agentVersion !== version) {
    throw new HoldfastError('command_failed', `The agent started again, and is still version ${now.agentVersion}.`)
  }
  context.log(hostId, `Version ${now.agentVersion} answers.`)
  context.done(succeeded(hostId))
  await context.refreshHost(hostId)
  return { result: { version: now.agentVersion } }
}

function packageFor(architecture: string, found: AgentPackage | null) {
  if (found === null || found.version === null) {
    throw new HoldfastError('unsupported', 'This controller has no package of the agent; "npm run build" makes one.')
  }
  if (!found.file.includes(`-${architecture}.`)) {
    throw new HoldfastError(
      'unsupported',
      `The package here is ${found.file}, and the host is of architecture ${architecture}.`,
    )
  }
  return { ...found, version: found.version }
}

/** Its own words are about the verb; what helps is said here. */
function tooOld(cause: HoldfastError): HoldfastError {
  const words = 'This agent cannot be replaced from afar. Run the command that the page of the host shows, on the host.'
  return new HoldfastError('unsupported', words, { cause })
}

/** The first answer of the agent that has come in place of the one that was started then. */
async function afterRestart(
  startedAt: string | null,
  host: AgentTarget,
  { client, signal }: OperationContext,
): Promise<HostInfo> {
  const until = performance.now() + RESTART_MS
  for (;;) {
    const info = await client
      .call(host, 'info', {}, { signal, timeoutMs: 10_000, retries: 0 })
      .catch((error: unknown) => {
        signal.throwIfAborted()
        if (performance.now() > until) throw error
        return null
      })
    if (info !== null && info.startedAt !== startedAt) return info
    if (performance.now() > until) throw new HoldfastError('timed_out', 'The agent has not started again.')
    await setTimeout(LOOK_MS, undefined, { signal })
  }
}
