import { defineRoute } from '@/lib/http/define-route'
import { single } from '@/lib/http/envelope'
import { monitoringOverview } from '@/lib/monitoring/overview'
import { MonitoringOverview } from '@/lib/monitoring/schema'

export const GET = defineRoute({
  permission: 'monitoring.read',
  summary:
    'Get the capacity of all storages: how much there is, what is full first, what grows fastest, and where it is.',
  response: single(MonitoringOverview),
  handle: async ({ actor }) => ({ body: { data: await monitoringOverview(actor) } }),
})
