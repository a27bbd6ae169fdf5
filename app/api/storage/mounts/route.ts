import { defineRoute } from '@/lib/http/define-route'
import { list, NoQuery } from '@/lib/http/envelope'
import { DEFAULT_WAIT_MS, settle, withOperation } from '@/lib/http/operation-reply'
import { CreateWolfstackMount, WolfstackMount } from '@/lib/wolfstack/schema'
import { createWolfstackMount, getWolfstackMount, listWolfstackMounts } from '@/lib/wolfstack/service'

export const GET = defineRoute({
  permission: 'mounts.read',
  summary: 'List mounts as WolfStack does: one record holds the mount and its storage.',
  query: NoQuery,
  response: list(WolfstackMount),
  handle: async ({ actor }) => ({ body: await listWolfstackMounts(actor) }),
})

export const POST = defineRoute({
  permission: 'mounts.write',
  summary: 'Create a storage and its mount in one request, in the words of WolfStack.',
  body: CreateWolfstackMount,
  response: withOperation(WolfstackMount),
  status: 201,
  handle: async (call) => {
    const made = await createWolfstackMount(call.actor, call.body)
    const operation = made.operation === null ? null : await settle(made.operation, call, DEFAULT_WAIT_MS)
    const data = await getWolfstackMount(call.actor, made.id)
    const note = operation && { id: operation.id, status: operation.status }
    return { body: { data, message: 'Mount created', operation: note }, location: `/api/storage/mounts/${data.id}` }
  },
})
