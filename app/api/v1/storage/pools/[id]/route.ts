import { z } from 'zod'
import { defineRoute } from '@/lib/http/define-route'
import { Deleted, IdParams, single } from '@/lib/http/envelope'
import { etagOf } from '@/lib/http/etag'
import { operationReply, withOperation } from '@/lib/http/operation-reply'
import { poolReply } from '@/lib/http/pool-reply'
import { OperationView } from '@/lib/operations/schema'
import { deletePool } from '@/lib/pools/changes/delete'
import { updatePool } from '@/lib/pools/changes/update'
import { PoolView, UpdatePool } from '@/lib/pools/schema'
import { getPool } from '@/lib/pools/service'

export const GET = defineRoute({
  permission: 'pools.read',
  summary: 'Get one pool with its capacity and how it is on every host.',
  params: IdParams,
  response: single(PoolView),
  handle: async ({ actor, params }) => {
    const data = await getPool(actor, params.id)
    return { body: { data }, etag: etagOf(data.generation) }
  },
})

export const PATCH = defineRoute({
  permission: 'pools.write',
  summary: 'Change a pool. Hosts that are left out of host_ids let go of it.',
  params: IdParams,
  body: UpdatePool,
  response: withOperation(PoolView),
  mayRefuse: ['in_use'],
  handle: async (call) => {
    const changed = await updatePool(call.actor, call.params.id, call.body, call.ifMatch)
    const body = await poolReply(changed, call, 'Pool updated')
    return { body, etag: etagOf(body.data.generation) }
  },
})

export const DELETE = defineRoute({
  permission: 'pools.write',
  summary: 'Close an empty pool on every host and delete it, with its mount. The row goes when every host has let go.',
  params: IdParams,
  response: single(z.union([OperationView, Deleted])),
  alsoAnswers: { 202: 'Hosts are still closing it; follow the operation.' },
  mayRefuse: ['in_use'],
  handle: async (call) => {
    const operation = await deletePool(call.actor, call.params.id, call.ifMatch)
    if (operation !== null) return operationReply(operation, call, 'Removal')
    return { body: { data: { id: call.params.id }, message: 'Pool deleted' } }
  },
})
