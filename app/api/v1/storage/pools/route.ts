import { defineRoute } from '@/lib/http/define-route'
import { list } from '@/lib/http/envelope'
import { etagOf } from '@/lib/http/etag'
import { withOperation } from '@/lib/http/operation-reply'
import { poolReply } from '@/lib/http/pool-reply'
import { createPool } from '@/lib/pools/changes/create'
import { CreatePool, ListPools, PoolView } from '@/lib/pools/schema'
import { listPools } from '@/lib/pools/service'

export const GET = defineRoute({
  permission: 'pools.read',
  summary: 'List pools with their capacity and how they are on every host.',
  query: ListPools,
  response: list(PoolView),
  handle: async ({ actor, query }) => ({ body: await listPools(actor, query) }),
})

export const POST = defineRoute({
  permission: 'pools.write',
  summary: 'Open a backend on hosts to hold volumes. With Prefer: wait=N the answer shows the outcome.',
  body: CreatePool,
  response: withOperation(PoolView),
  status: 201,
  handle: async (call) => {
    const body = await poolReply(await createPool(call.actor, call.body), call, 'Pool created')
    return { body, etag: etagOf(body.data.generation), location: `/api/v1/storage/pools/${body.data.id}` }
  },
})
