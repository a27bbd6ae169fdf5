import { defineRoute } from '@/lib/http/define-route'
import { Deleted, IdParams, single } from '@/lib/http/envelope'
import { ChangeMaintenance, MaintenanceView } from '@/lib/maintenance/schema'
import { changeMaintenance, deleteMaintenance, getMaintenance } from '@/lib/maintenance/service'

export const GET = defineRoute({
  permission: 'attention.read',
  summary: 'Read a maintenance window.',
  params: IdParams,
  response: single(MaintenanceView),
  handle: async ({ actor, params }) => ({ body: { data: await getMaintenance(actor, params.id) } }),
})

export const PATCH = defineRoute({
  permission: 'attention.write',
  summary: 'Change a maintenance window: its reason, what it is about, or when.',
  params: IdParams,
  body: ChangeMaintenance,
  response: single(MaintenanceView),
  handle: async ({ actor, params, body }) => ({
    body: { data: await changeMaintenance(actor, params.id, body), message: 'Maintenance changed' },
  }),
})

export const DELETE = defineRoute({
  permission: 'attention.write',
  summary: 'Delete a maintenance window; one that goes on now is over.',
  params: IdParams,
  response: single(Deleted),
  handle: async ({ actor, params }) => {
    await deleteMaintenance(actor, params.id)
    return { body: { data: { id: params.id }, message: 'Maintenance deleted' } }
  },
})
