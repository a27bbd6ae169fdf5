import { HealthView } from '@/lib/health/schema'
import { getHealth } from '@/lib/health/service'
import { defineRoute } from '@/lib/http/define-route'
import { single } from '@/lib/http/envelope'

export const GET = defineRoute({
  permission: 'system.read',
  summary:
    'How Holdfast itself does: controller, web, database, operations, agents, certificates and secrets, each with advice.',
  response: single(HealthView),
  handle: async ({ actor }) => ({ body: { data: await getHealth(actor) } }),
})
