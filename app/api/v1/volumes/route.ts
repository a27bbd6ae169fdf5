import { defineRoute } from '@/lib/http/define-route'
import { list } from '@/lib/http/envelope'
import { ListVolumes, VolumeRow } from '@/lib/volumes/schema'
import { listVolumesJson } from '@/lib/volumes/service'

export const GET = defineRoute({
  permission: 'volumes.read',
  summary: 'List the volumes of all pools. Those in the trash only with phase=TRASHED.',
  query: ListVolumes,
  response: list(VolumeRow),
  handle: async ({ actor, query }) => ({ json: await listVolumesJson(actor, query) }),
})
