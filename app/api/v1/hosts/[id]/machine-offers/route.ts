import { defineRoute } from '@/lib/http/define-route'
import { IdParams, NoQuery, single } from '@/lib/http/envelope'
import { getMachineOffers } from '@/lib/workloads/changes/machines'
import { MachineOffersView } from '@/lib/workloads/schema'

export const GET = defineRoute({
  permission: 'workloads.write',
  summary: 'Get what virtual machines of a host can be made of: firmware, networks and sizes, asked of the host.',
  params: IdParams,
  query: NoQuery,
  response: single(MachineOffersView),
  mayRefuse: ['conflict', 'unsupported'],
  handle: async ({ actor, params, signal }) => ({
    body: { data: await getMachineOffers(actor, params.id, signal) },
  }),
})
