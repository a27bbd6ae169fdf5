import { defineRoute } from '@/lib/http/define-route'
import { single } from '@/lib/http/envelope'
import { fleetMetrics } from '@/lib/monitoring/overview'
import { FleetMetrics, FleetQuery } from '@/lib/monitoring/schema'

export const GET = defineRoute({
  permission: 'monitoring.read',
  summary: 'Get the capacity of all storages together over time, and when it will be full.',
  query: FleetQuery,
  response: single(FleetMetrics),
  handle: async ({ actor, query }) => ({ body: { data: await fleetMetrics(actor, query) } }),
})
