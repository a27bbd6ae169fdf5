import { defineRoute } from '@/lib/http/define-route'
import { Deleted, IdParams, single } from '@/lib/http/envelope'
import { ChangeView, SavedViewView } from '@/lib/views/schema'
import { changeView, deleteView } from '@/lib/views/service'

export const PATCH = defineRoute({
  permission: 'account.own',
  summary: 'Rename one of your saved views, or give it other filters.',
  params: IdParams,
  body: ChangeView,
  response: single(SavedViewView),
  handle: async ({ actor, params, body }) => ({
    body: { data: await changeView(actor, params.id, body), message: 'View changed' },
  }),
})

export const DELETE = defineRoute({
  permission: 'account.own',
  summary: 'Delete one of your saved views.',
  params: IdParams,
  response: single(Deleted),
  handle: async ({ actor, params }) => {
    await deleteView(actor, params.id)
    return { body: { data: { id: params.id }, message: 'View deleted' } }
  },
})
