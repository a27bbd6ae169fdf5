import { defineRoute } from '@/lib/http/define-route'
import { list, single } from '@/lib/http/envelope'
import { CreateMaintenance, ListMaintenance, MaintenanceView } from '@/lib/maintenance/schema'
import { createMaintenance, listMaintenance } from '@/lib/maintenance/service'

export const GET = defineRoute({
  permission: 'attention.read',
  summary: 'List maintenance windows: those that go on now, those that come, and those that are over.',
  query: ListMaintenance,
  response: list(MaintenanceView),
  handle: async ({ actor, query }) => ({ body: await listMaintenance(actor, query) }),
})

export const POST = defineRoute({
  permission: 'attention.write',
  summary:
    'Plan maintenance of hosts, backends or pools, once or every week: what is wrong there meanwhile is told nobody.',
  body: CreateMaintenance,
  response: single(MaintenanceView),
  status: 201,
  handle: async ({ actor, body }) => ({
    body: { data: await createMaintenance(actor, body), message: 'Maintenance planned' },
  }),
})
