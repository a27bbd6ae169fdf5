import { defineRoute } from '@/lib/http/define-route'
import { IdParams } from '@/lib/http/envelope'
import { VolumeAnswer, volumeReply } from '@/lib/http/volume-reply'
import { cloneVolume } from '@/lib/volumes/changes/create'
import { CloneVolume } from '@/lib/volumes/schema'

export const POST = defineRoute({
  permission: 'volumes.write',
  summary: 'Clone a volume, as it is now or as it was at a snapshot. The clone shares its bytes.',
  params: IdParams,
  body: CloneVolume,
  response: VolumeAnswer,
  status: 202,
  alsoAnswers: { 201: 'With Prefer: wait=N, when it is there.' },
  mayRefuse: ['operation_in_progress'],
  handle: async (call) => volumeReply(await cloneVolume(call.actor, call.params.id, call.body), call, 'Clone'),
})
