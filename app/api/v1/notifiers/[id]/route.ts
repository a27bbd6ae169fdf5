import { defineRoute } from '@/lib/http/define-route'
import { Deleted, IdParams, single } from '@/lib/http/envelope'
import { etagOf } from '@/lib/http/etag'
import { NotifierView, UpdateNotifier } from '@/lib/notifiers/schema'
import { deleteNotifier, getNotifier, updateNotifier } from '@/lib/notifiers/service'

export const GET = defineRoute({
  permission: 'notifiers.read',
  summary: 'Get one notifier.',
  params: IdParams,
  response: single(NotifierView),
  handle: async ({ actor, params }) => {
    const data = await getNotifier(actor, params.id)
    return { body: { data }, etag: etagOf(data.generation) }
  },
})

export const PATCH = defineRoute({
  permission: 'notifiers.write',
  summary:
    'Change a notifier. config replaces the stored one, secrets apart: blank or absent ones stay, null clears; a secret comes along when it would go elsewhere. What waits is sent with the new settings.',
  params: IdParams,
  body: UpdateNotifier,
  response: single(NotifierView),
  handle: async ({ actor, params, body, ifMatch }) => {
    const data = await updateNotifier(actor, params.id, body, ifMatch)
    return { body: { data }, etag: etagOf(data.generation) }
  },
})

export const DELETE = defineRoute({
  permission: 'notifiers.write',
  summary: 'Delete a notifier with the log of its messages. Those that wait are not sent any more.',
  params: IdParams,
  response: single(Deleted),
  handle: async ({ actor, params }) => {
    await deleteNotifier(actor, params.id)
    return { body: { data: { id: params.id } } }
  },
})
