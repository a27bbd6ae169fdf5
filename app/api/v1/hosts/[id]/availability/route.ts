import { HostAvailability } from '@/lib/availability/schema'
import { getHostAvailability } from '@/lib/availability/service'
import { defineRoute } from '@/lib/http/define-route'
import { IdParams, NoQuery, single } from '@/lib/http/envelope'

export const GET = defineRoute({
  permission: 'monitoring.read',
  summary: 'For how long the storages of a host could be used there over 30 days, each against its own objective.',
  params: IdParams,
  query: NoQuery,
  response: single(HostAvailability),
  handle: async ({ actor, params }) => ({ body: { data: await getHostAvailability(actor, params.id) } }),
})
