import { BackendHealth } from '@/lib/availability/schema'
import { getHealth } from '@/lib/availability/service'
import { defineRoute } from '@/lib/http/define-route'
import { IdParams, NoQuery, single } from '@/lib/http/envelope'

export const GET = defineRoute({
  permission: 'backends.read',
  summary: 'For how long a backend could be used on its hosts over 30 days, and what is left of its error budget.',
  params: IdParams,
  query: NoQuery,
  response: single(BackendHealth),
  handle: async ({ actor, params }) => ({ body: { data: await getHealth(actor, params.id) } }),
})
