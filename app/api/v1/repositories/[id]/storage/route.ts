import { defineRoute } from '@/lib/http/define-route'
import { IdParams, single } from '@/lib/http/envelope'
import { StorageInfo } from '@/lib/repositories/schema'
import { checkStorage } from '@/lib/repositories/storage'

export const GET = defineRoute({
  permission: 'repositories.write',
  summary: 'Measure a repository now, on a host that has it.',
  params: IdParams,
  response: single(StorageInfo),
  mayRefuse: ['conflict', 'credentials_rejected', 'policy_denied'],
  handle: async ({ actor, params, signal }) => ({ body: { data: await checkStorage(actor, params.id, signal) } }),
})
