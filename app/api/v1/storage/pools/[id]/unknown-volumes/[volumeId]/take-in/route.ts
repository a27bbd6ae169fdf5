import { defineRoute } from '@/lib/http/define-route'
import { PoolVolumeParams, single } from '@/lib/http/envelope'
import { VolumeView } from '@/lib/volumes/schema'
import { TakeIn } from '@/lib/volumes/unknown/schema'
import { takeInUnknown } from '@/lib/volumes/unknown/service'

export const POST = defineRoute({
  permission: 'volumes.write',
  summary: 'Take an unknown volume in under a name, with its snapshots. Nothing on its host changes.',
  params: PoolVolumeParams,
  body: TakeIn,
  response: single(VolumeView),
  status: 201,
  handle: async ({ actor, params, body }) => ({
    body: { data: await takeInUnknown(actor, params.id, params.volumeId, body), message: 'Volume taken in' },
  }),
})
