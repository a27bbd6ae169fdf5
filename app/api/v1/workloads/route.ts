import { defineRoute } from '@/lib/http/define-route'
import { list } from '@/lib/http/envelope'
import { OperationAnswer, operationReply } from '@/lib/http/operation-reply'
import { createContainer } from '@/lib/workloads/changes/containers'
import { AskContainer, ListWorkloads, WorkloadRow } from '@/lib/workloads/schema'
import { listWorkloads } from '@/lib/workloads/service'

export const GET = defineRoute({
  permission: 'workloads.read',
  summary: 'List the containers and machines of all hosts, with what storage of ours they use.',
  query: ListWorkloads,
  response: list(WorkloadRow),
  handle: async ({ actor, query }) => ({ body: await listWorkloads(actor, query) }),
})

export const POST = defineRoute({
  permission: 'workloads.write',
  summary: 'Make a container of an image that its host has, with mounts that are on that host.',
  body: AskContainer,
  response: OperationAnswer,
  alsoAnswers: { 202: 'It still runs; follow the operation.' },
  mayRefuse: ['conflict'],
  handle: async (call) => operationReply(await createContainer(call.actor, call.body), call, 'Creating'),
})
