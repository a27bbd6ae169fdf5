import { defineRoute } from '@/lib/http/define-route'
import { list } from '@/lib/http/envelope'
import { etagOf } from '@/lib/http/etag'
import { mountReply } from '@/lib/http/mount-reply'
import { withOperation } from '@/lib/http/operation-reply'
import { createMount } from '@/lib/mounts/changes/create'
import { CreateMount, ListMounts, MountView } from '@/lib/mounts/schema'
import { listMountsJson } from '@/lib/mounts/service'

export const GET = defineRoute({
  permission: 'mounts.read',
  summary: 'List mounts with their state on every host.',
  query: ListMounts,
  response: list(MountView),
  handle: async ({ actor, query }) => ({ json: await listMountsJson(actor, query) }),
})

export const POST = defineRoute({
  permission: 'mounts.write',
  summary: 'Create a mount on one or more hosts. With Prefer: wait=N the answer shows the outcome.',
  body: CreateMount,
  response: withOperation(MountView),
  status: 201,
  takesPlan: true,
  handle: async (call) => {
    const changed = await createMount(call.actor, call.body, { plan: call.plan })
    const body = await mountReply(changed, call, 'Mount created')
    return { body, etag: etagOf(body.data.generation), location: `/api/v1/storage/mounts/${body.data.id}` }
  },
})
