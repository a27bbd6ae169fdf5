import { defineRoute } from '@/lib/http/define-route'
import { IdParams } from '@/lib/http/envelope'
import { VolumeAnswer, volumeReply } from '@/lib/http/volume-reply'
import { moveVolume } from '@/lib/volumes/changes/move'
import { MoveVolume } from '@/lib/volumes/schema'

export const POST = defineRoute({
  permission: 'volumes.write',
  summary: 'Move a volume into another pool: copy, compare, and put the old one into the trash.',
  params: IdParams,
  body: MoveVolume,
  response: VolumeAnswer,
  status: 202,
  alsoAnswers: { 201: 'With Prefer: wait=N, when it is there.' },
  mayRefuse: ['operation_in_progress', 'in_use'],
  handle: async (call) => volumeReply(await moveVolume(call.actor, call.params.id, call.body), call, 'Move', 'done'),
})
