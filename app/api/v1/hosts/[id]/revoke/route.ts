import { HostView } from '@/lib/hosts/schema'
import { revokeHost } from '@/lib/hosts/service'
import { defineRoute } from '@/lib/http/define-route'
import { IdParams, single } from '@/lib/http/envelope'

export const POST = defineRoute({
  permission: 'hosts.admin',
  summary: 'Revoke a host: its connection is cut and its certificate never renewed.',
  params: IdParams,
  response: single(HostView),
  handle: async ({ actor, params }) => ({
    body: { data: await revokeHost(actor, params.id), message: 'Host revoked' },
  }),
})
