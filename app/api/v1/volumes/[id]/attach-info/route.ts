import { defineRoute } from '@/lib/http/define-route'
import { IdParams, single } from '@/lib/http/envelope'
import { getAttachInfo } from '@/lib/volumes/attach'
import { AttachQuery, AttachView } from '@/lib/volumes/schema'

export const GET = defineRoute({
  permission: 'volumes.read',
  summary: 'Get what a virtual machine on a host needs to use a volume: paths, libvirt XML, QEMU arguments.',
  params: IdParams,
  query: AttachQuery,
  response: single(AttachView),
  mayRefuse: ['conflict'],
  handle: async ({ actor, params, query }) => ({ body: { data: await getAttachInfo(actor, params.id, query) } }),
})
