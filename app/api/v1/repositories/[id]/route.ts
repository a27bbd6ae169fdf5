import { z } from 'zod'
import { defineRoute } from '@/lib/http/define-route'
import { Deleted, IdParams, single } from '@/lib/http/envelope'
import { etagOf } from '@/lib/http/etag'
import { operationReply, withOperation } from '@/lib/http/operation-reply'
import { repositoryReply } from '@/lib/http/repository-reply'
import { OperationView } from '@/lib/operations/schema'
import { deleteRepository } from '@/lib/repositories/changes/delete'
import { updateRepository } from '@/lib/repositories/changes/update'
import { RepositoryView, UpdateRepository } from '@/lib/repositories/schema'
import { getRepository } from '@/lib/repositories/service'

export const GET = defineRoute({
  permission: 'repositories.read',
  summary: 'Get one repository with its storage and how it is on every host.',
  params: IdParams,
  response: single(RepositoryView),
  handle: async ({ actor, params }) => {
    const data = await getRepository(actor, params.id)
    return { body: { data }, etag: etagOf(data.generation) }
  },
})

export const PATCH = defineRoute({
  permission: 'repositories.write',
  summary: 'Change a repository. Hosts that are left out of host_ids let go of it.',
  params: IdParams,
  body: UpdateRepository,
  response: withOperation(RepositoryView),
  mayRefuse: ['in_use'],
  handle: async (call) => {
    const changed = await updateRepository(call.actor, call.params.id, call.body, call.ifMatch)
    const body = await repositoryReply(changed, call, 'Repository updated')
    return { body, etag: etagOf(body.data.generation) }
  },
})

export const DELETE = defineRoute({
  permission: 'repositories.admin',
  summary: 'Forget a repository and unmount it everywhere; what lies there stays. Refused while programs work in it.',
  params: IdParams,
  response: single(z.union([OperationView, Deleted])),
  alsoAnswers: { 202: 'Hosts are still unmounting it; follow the operation.' },
  mayRefuse: ['in_use'],
  handle: async (call) => {
    const operation = await deleteRepository(call.actor, call.params.id, call.ifMatch)
    if (operation !== null) return operationReply(operation, call, 'Removal')
    return { body: { data: { id: call.params.id }, message: 'Repository deleted' } }
  },
})
