import { defineRoute } from '@/lib/http/define-route'
import { IdParams, list } from '@/lib/http/envelope'
import { VolumeAnswer, volumeReply } from '@/lib/http/volume-reply'
import { createVolume } from '@/lib/volumes/changes/create'
import { CreateVolume, ListPoolVolumes, VolumeRow } from '@/lib/volumes/schema'
import { listPoolVolumesJson } from '@/lib/volumes/service'

export const GET = defineRoute({
  permission: 'volumes.read',
  summary: 'List the volumes of a pool. Those in the trash only with phase=TRASHED.',
  params: IdParams,
  query: ListPoolVolumes,
  response: list(VolumeRow),
  handle: async ({ actor, params, query }) => ({ json: await listPoolVolumesJson(actor, params.id, query) }),
})

export const POST = defineRoute({
  permission: 'volumes.write',
  summary:
    'Create a volume: empty, from another volume or snapshot, from a template (a copy, or a clone that shares its content), from what lies in the pool, or from a web server.',
  params: IdParams,
  body: CreateVolume,
  response: VolumeAnswer,
  status: 202,
  alsoAnswers: { 201: 'With Prefer: wait=N, when it is there.' },
  handle: async (call) => volumeReply(await createVolume(call.actor, call.params.id, call.body), call, 'Volume'),
})
