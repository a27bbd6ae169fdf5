import type { Handler } from '@/agent/server/handlers'
import type { Agent } from '@/agent/verbs/agent'
import { HoldfastError } from '@/lib/errors'

/** Opens a pool on this host and keeps it open. It goes on when the caller has gone: the document is what is wanted. */
export function openPool(agent: Agent): Handler<'openPool'> {
  return ({ pool, ...envelope }, call) => agent.pools.open(envelope, call.receivedAt, pool, { log: call.log })
}

/** Closes it again. */
export function closePool(agent: Agent): Handler<'closePool'> {
  return ({ pool, forGood, ...envelope }, call) =>
    agent.pools.close(envelope, call.receivedAt, { pool, forGood }, { log: call.log })
}

/** Lends the right to change what other hosts read. */
export function keepPools(agent: Agent): Handler<'keepPools'> {
  return async ({ loans, fence }) => agent.pools.keep(loans, fence)
}

/** Accepts a change of a volume; it goes on when the caller has gone. */
export function workOnVolume(agent: Agent): Handler<'workOnVolume'> {
  return async ({ poolId, volumeId, work, backend, ...envelope }, call) => {
    if (envelope.resourceId !== volumeId) {
      throw new HoldfastError('invalid_input', 'The resource of this command is not the volume that it speaks of.', {
        fields: [{ field: 'resourceId', message: 'Send the id of the volume.' }],
      })
    }
    const request = { poolId, volumeId, work, ...(backend === undefined ? {} : { backend }) }
    return agent.jobs.start('workOnVolume', envelope, call.receivedAt, request)
  }
}
