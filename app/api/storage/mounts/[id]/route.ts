import { defineRoute } from '@/lib/http/define-route'
import { Deleted, IdParams, single } from '@/lib/http/envelope'
import { DEFAULT_WAIT_MS, settle, withOperation } from '@/lib/http/operation-reply'
import { isFinal } from '@/lib/operations/service'
import { UpdateWolfstackMount, WolfstackMount } from '@/lib/wolfstack/schema'
import {
  deleteUnusedBackend,
  deleteWolfstackMount,
  getWolfstackMount,
  updateWolfstackMount,
} from '@/lib/wolfstack/service'

export const GET = defineRoute({
  permission: 'mounts.read',
  summary: 'Get one mount as WolfStack shows it.',
  params: IdParams,
  response: single(WolfstackMount),
  handle: async ({ actor, params }) => ({ body: { data: await getWolfstackMount(actor, params.id) } }),
})

export const PUT = defineRoute({
  permission: 'mounts.write',
  summary: 'Change a mount and its storage, in the words of WolfStack. What is left out stays.',
  params: IdParams,
  body: UpdateWolfstackMount,
  response: withOperation(WolfstackMount),
  handle: async (call) => {
    const changed = await updateWolfstackMount(call.actor, call.params.id, call.body)
    const operation = changed.operation === null ? null : await settle(changed.operation, call, DEFAULT_WAIT_MS)
    const data = await getWolfstackMount(call.actor, call.params.id)
    const note = operation && { id: operation.id, status: operation.status }
    return { body: { data, message: 'Mount updated', operation: note } }
  },
})

export const DELETE = defineRoute({
  permission: 'mounts.write',
  summary: 'Unmount and forget; the storage goes too when this was its last mount.',
  params: IdParams,
  response: single(Deleted),
  alsoAnswers: { 202: 'Hosts are still unmounting; the storage stays until it is deleted by itself.' },
  handle: async (call) => {
    const { id } = call.params
    const removal = await deleteWolfstackMount(call.actor, id)
    const operation = removal.operation === null ? null : await settle(removal.operation, call, DEFAULT_WAIT_MS)
    if (operation !== null && (!isFinal(operation.status) || operation.status === 'failed')) {
      return { status: 202, body: { data: { id }, message: 'Hosts are still unmounting' } }
    }
    if (removal.backendId !== null) await deleteUnusedBackend(call.actor, removal.backendId)
    return { body: { data: { id }, message: 'Mount deleted' } }
  },
})
