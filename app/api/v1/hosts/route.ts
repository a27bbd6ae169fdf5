import { HostRow, ListHosts } from '@/lib/hosts/schema'
import { listHostsJson } from '@/lib/hosts/service'
import { defineRoute } from '@/lib/http/define-route'
import { list } from '@/lib/http/envelope'

export const GET = defineRoute({
  permission: 'hosts.read',
  summary: 'List hosts.',
  query: ListHosts,
  response: list(HostRow),
  handle: async ({ actor, query }) => ({ json: await listHostsJson(actor, query) }),
})
