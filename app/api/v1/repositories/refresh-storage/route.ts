import { defineRoute } from '@/lib/http/define-route'
import { single } from '@/lib/http/envelope'
import { RefreshedView } from '@/lib/repositories/schema'
import { refreshStorage } from '@/lib/repositories/storage'

export const POST = defineRoute({
  permission: 'repositories.write',
  summary: 'Measure all repositories now. What could not be measured is listed with the reason.',
  response: single(RefreshedView),
  handle: async ({ actor, signal }) => ({ body: { data: await refreshStorage(actor, signal) } }),
})
