import { HostView, UpdateHost } from '@/lib/hosts/schema'
import { deleteHost, getHost, updateHost } from '@/lib/hosts/service'
import { defineRoute } from '@/lib/http/define-route'
import { Deleted, IdParams, single } from '@/lib/http/envelope'
import { etagOf } from '@/lib/http/etag'

export const GET = defineRoute({
  permission: 'hosts.read',
  summary: 'Get one host with everything that its agent told.',
  params: IdParams,
  response: single(HostView),
  handle: async ({ actor, params }) => {
    const data = await getHost(actor, params.id)
    return { body: { data }, etag: etagOf(data.generation) }
  },
})

export const PATCH = defineRoute({
  permission: 'hosts.admin',
  summary: 'Change name, address or labels of a host.',
  params: IdParams,
  body: UpdateHost,
  response: single(HostView),
  handle: async ({ actor, params, body, ifMatch }) => {
    const data = await updateHost(actor, params.id, body, ifMatch)
    return { body: { data, message: 'Host updated' }, etag: etagOf(data.generation) }
  },
})

export const DELETE = defineRoute({
  permission: 'hosts.admin',
  summary: 'Delete a revoked host.',
  params: IdParams,
  response: single(Deleted),
  handle: async ({ actor, params }) => {
    await deleteHost(actor, params.id)
    return { body: { data: { id: params.id }, message: 'Host deleted' } }
  },
})
