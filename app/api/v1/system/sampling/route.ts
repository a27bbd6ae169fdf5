import { defineRoute } from '@/lib/http/define-route'
import { single } from '@/lib/http/envelope'
import { SamplingView, UpdateSampling } from '@/lib/monitoring/sampling/schema'
import { getSampling, updateSampling } from '@/lib/monitoring/sampling/service'

export const GET = defineRoute({
  permission: 'system.admin',
  summary: 'How often storages are measured, as a whole and for backends that are measured at another time.',
  response: single(SamplingView),
  handle: async ({ actor }) => ({ body: { data: await getSampling(actor) } }),
})

export const PATCH = defineRoute({
  permission: 'system.admin',
  summary: 'Change how often storages are measured. Agents that answer go by it within a minute.',
  body: UpdateSampling,
  response: single(SamplingView),
  handle: async ({ actor, body }) => ({ body: { data: await updateSampling(actor, body) } }),
})
