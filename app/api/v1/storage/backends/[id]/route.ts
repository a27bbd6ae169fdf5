import { z } from 'zod'
import { BackendView, UpdateBackend } from '@/lib/backends/schema'
import { deleteBackend, getBackend } from '@/lib/backends/service'
import { defineRoute } from '@/lib/http/define-route'
import { Deleted, IdParams, single, withNotes } from '@/lib/http/envelope'
import { etagOf } from '@/lib/http/etag'
import { changeBackend } from '@/lib/mounts/changes/actions'

export const GET = defineRoute({
  permission: 'backends.read',
  summary: 'Get one storage backend.',
  params: IdParams,
  response: single(BackendView),
  handle: async ({ actor, params }) => {
    const data = await getBackend(actor, params.id)
    return { body: { data }, etag: etagOf(data.generation) }
  },
})

export const PATCH = defineRoute({
  permission: 'backends.write',
  summary:
    'Change a storage backend. config replaces the stored one, secrets apart: blank or absent ones stay, null clears; a secret comes along when it would go elsewhere. Mounts take the change over.',
  params: IdParams,
  body: UpdateBackend,
  response: single(BackendView).extend({ operations: z.array(z.string()) }),
  takesPlan: true,
  handle: async ({ actor, params, body, ifMatch, plan }) => {
    const { backend: data, operations, notes } = await changeBackend(actor, params.id, body, { ifMatch, plan })
    const message = withNotes('Backend updated successfully', notes)
    return { body: { data, message, operations }, etag: etagOf(data.generation) }
  },
})

export const DELETE = defineRoute({
  permission: 'backends.write',
  summary: 'Delete a storage backend. Refused while a mount uses it; used_by names them.',
  params: IdParams,
  response: single(Deleted),
  takesPlan: true,
  handle: async ({ actor, params, ifMatch, plan }) => {
    await deleteBackend(actor, params.id, { ifMatch, plan })
    return { body: { data: { id: params.id }, message: 'Backend deleted successfully' } }
  },
})
