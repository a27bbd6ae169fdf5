import { defineRoute } from '@/lib/http/define-route'
import { list, single } from '@/lib/http/envelope'
import { ListViews, SavedViewView, SaveView } from '@/lib/views/schema'
import { listViews, saveView } from '@/lib/views/service'

export const GET = defineRoute({
  permission: 'account.own',
  summary: 'List your saved views: lists with their filters and order.',
  query: ListViews,
  response: list(SavedViewView),
  handle: async ({ actor, query }) => ({ body: await listViews(actor, query) }),
})

export const POST = defineRoute({
  permission: 'account.own',
  summary: 'Save the filters and the order of a list under a name, for yourself.',
  body: SaveView,
  response: single(SavedViewView),
  status: 201,
  handle: async ({ actor, body }) => {
    const data = await saveView(actor, body)
    return { body: { data, message: 'View saved' }, location: `/api/v1/account/views/${data.id}` }
  },
})
