import { z } from 'zod'
import { defineRoute } from '@/lib/http/define-route'
import { Deleted, IdParams, single } from '@/lib/http/envelope'
import { operationReply } from '@/lib/http/operation-reply'
import { OperationView } from '@/lib/operations/schema'
import { deleteVolume } from '@/lib/volumes/changes/work'
import { DeleteVolumeQuery, UpdateVolume, VolumeView } from '@/lib/volumes/schema'
import { getVolume, updateVolume } from '@/lib/volumes/service'

export const GET = defineRoute({
  permission: 'volumes.read',
  summary: 'Get one volume with its snapshots, and what was cloned from it.',
  params: IdParams,
  response: single(VolumeView),
  handle: async ({ actor, params }) => ({ body: { data: await getVolume(actor, params.id) } }),
})

export const PATCH = defineRoute({
  permission: 'volumes.write',
  summary: 'Change the name or the access mode of a volume.',
  params: IdParams,
  body: UpdateVolume,
  response: single(VolumeView),
  handle: async ({ actor, params, body }) => ({
    body: { data: await updateVolume(actor, params.id, body), message: 'Volume updated' },
  }),
})

export const DELETE = defineRoute({
  permission: 'volumes.write',
  summary: 'Put a volume into the trash. With purge=true an administrator deletes one that is there for good.',
  params: IdParams,
  query: DeleteVolumeQuery,
  response: single(z.union([OperationView, Deleted])),
  alsoAnswers: { 202: 'It still runs; follow the operation.' },
  mayRefuse: ['in_use', 'operation_in_progress'],
  handle: async (call) => {
    const operation = await deleteVolume(call.actor, call.params.id, { purge: call.query.purge === 'true' })
    if (operation !== null) return operationReply(operation, call, 'Deletion')
    return { body: { data: { id: call.params.id }, message: 'Volume forgotten' } }
  },
})
