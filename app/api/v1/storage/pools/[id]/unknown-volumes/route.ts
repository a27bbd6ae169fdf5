import { defineRoute } from '@/lib/http/define-route'
import { IdParams, list } from '@/lib/http/envelope'
import { UnknownVolumeView } from '@/lib/volumes/unknown/schema'
import { listUnknown } from '@/lib/volumes/unknown/service'

export const GET = defineRoute({
  permission: 'volumes.read',
  summary:
    'List volumes with our mark in a pool that this installation does not know, as after the restore of a backup.',
  params: IdParams,
  response: list(UnknownVolumeView),
  handle: async ({ actor, params }) => ({ body: await listUnknown(actor, params.id) }),
})
