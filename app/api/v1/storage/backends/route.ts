import { BackendName, BackendView, CreateBackend, ListBackends, Tested } from '@/lib/backends/schema'
import { createBackend, listBackendsJson } from '@/lib/backends/service'
import { takenApart } from '@/lib/drivers/input'
import { driverUnion } from '@/lib/drivers/registry'
import { defineRoute } from '@/lib/http/define-route'
import { list, single, withNotes } from '@/lib/http/envelope'
import { etagOf } from '@/lib/http/etag'

export const GET = defineRoute({
  permission: 'backends.read',
  summary: 'List storage backends.',
  query: ListBackends,
  response: list(BackendView),
  handle: async ({ actor, query }) => ({ json: await listBackendsJson(actor, query) }),
})

export const POST = defineRoute({
  permission: 'backends.write',
  summary: 'Create a storage backend. Secrets go into config; they are sealed and never shown again.',
  body: CreateBackend,
  describedBody: driverUnion({ name: BackendName, tested: Tested }),
  response: single(BackendView),
  status: 201,
  handle: async ({ actor, body }) => {
    const data = await createBackend(actor, body)
    return {
      body: {
        data,
        message: withNotes('Storage backend created successfully', takenApart(body.type, body.config).notes),
      },
      etag: etagOf(data.generation),
      location: `/api/v1/storage/backends/${data.id}`,
    }
  },
})
