import { findConsumers } from '@/agent/host/mounting/consumers'
import { readMounts } from '@/agent/host/mounting/mountinfo'
import type { Handler } from '@/agent/server/handlers'
import type { Agent } from '@/agent/verbs/agent'
import { HoldfastError } from '@/lib/errors'

/** Who uses a mount of ours now. Looks at processes only, and changes nothing. */
export function inspectMount(agent: Agent): Handler<'inspectMount'> {
  return async ({ mountId }, call) => {
    const mount = agent.mounts.list().find((candidate) => candidate.mountId === mountId)
    if (!mount) throw new HoldfastError('not_found', 'This host has no such mount.')
    const entry = readMounts().findLast((candidate) => candidate.target === mount.mountPoint)
    if (entry === undefined) return { consumers: [], truncated: false, partial: false }
    const signal = AbortSignal.any([call.signal, call.disconnected])
    const { runner } = agent.open({ operationId: 'inspect', deadlineAt: call.deadlineAt, signal })
    return findConsumers(runner, entry)
  }
}
