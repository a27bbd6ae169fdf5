import { duplicateBackend } from '@/lib/backends/duplicate'
import { BackendView, DuplicateBackend } from '@/lib/backends/schema'
import { defineRoute } from '@/lib/http/define-route'
import { IdParams, single } from '@/lib/http/envelope'
import { etagOf } from '@/lib/http/etag'

export const POST = defineRoute({
  permission: 'backends.write',
  summary: 'Copy a backend under another name, its secrets included.',
  params: IdParams,
  body: DuplicateBackend,
  response: single(BackendView),
  status: 201,
  handle: async ({ actor, params, body }) => {
    const data = await duplicateBackend(actor, params.id, body)
    return {
      body: { data, message: 'Backend copied' },
      etag: etagOf(data.generation),
      location: `/api/v1/storage/backends/${data.id}`,
    }
  },
})
