import { z } from 'zod'
import { defineRoute } from '@/lib/http/define-route'
import { Deleted, IdParams, single } from '@/lib/http/envelope'
import { etagOf } from '@/lib/http/etag'
import { mountReply } from '@/lib/http/mount-reply'
import { operationReply, withOperation } from '@/lib/http/operation-reply'
import { DeleteMount, MountView, UpdateMount } from '@/lib/mounts/schema'
import { deleteMount, getMount, updateMount } from '@/lib/mounts/service'
import { OperationView } from '@/lib/operations/schema'

export const GET = defineRoute({
  permission: 'mounts.read',
  summary: 'Get one mount with its state on every host.',
  params: IdParams,
  response: single(MountView),
  handle: async ({ actor, params }) => {
    const data = await getMount(actor, params.id)
    return { body: { data }, etag: etagOf(data.generation) }
  },
})

export const PATCH = defineRoute({
  permission: 'mounts.write',
  summary: 'Change a mount. Hosts that are left out of host_ids let go of it.',
  params: IdParams,
  body: UpdateMount,
  response: withOperation(MountView),
  takesPlan: true,
  handle: async (call) => {
    const { ifMatch, plan } = call
    const changed = await updateMount(call.actor, call.params.id, call.body, { ifMatch, plan })
    const body = await mountReply(changed, call, 'Mount updated')
    return { body, etag: etagOf(body.data.generation) }
  },
})

export const DELETE = defineRoute({
  permission: 'mounts.write',
  summary: 'Unmount everywhere and delete. The row goes when every host has let go.',
  params: IdParams,
  body: DeleteMount,
  response: single(z.union([OperationView, Deleted])),
  alsoAnswers: { 202: 'Hosts are still unmounting; follow the operation.' },
  takesPlan: true,
  handle: async (call) => {
    const { ifMatch, plan } = call
    const operation = await deleteMount(call.actor, call.params.id, call.body, { ifMatch, plan })
    if (operation !== null) return operationReply(operation, call, 'Removal')
    return { body: { data: { id: call.params.id }, message: 'Mount deleted' } }
  },
})
