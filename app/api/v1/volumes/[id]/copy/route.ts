import { defineRoute } from '@/lib/http/define-route'
import { IdParams } from '@/lib/http/envelope'
import { VolumeAnswer, volumeReply } from '@/lib/http/volume-reply'
import { copyVolume } from '@/lib/volumes/changes/create'
import { CopyVolume } from '@/lib/volumes/schema'

export const POST = defineRoute({
  permission: 'volumes.write',
  summary: 'Copy a volume or a snapshot of it, into its pool or into another one.',
  params: IdParams,
  body: CopyVolume,
  response: VolumeAnswer,
  status: 202,
  alsoAnswers: { 201: 'With Prefer: wait=N, when it is there.' },
  mayRefuse: ['operation_in_progress'],
  handle: async (call) => volumeReply(await copyVolume(call.actor, call.params.id, call.body), call, 'Copy'),
})
