import { InstallTools } from '@/lib/hosts/schema'
import { installTools } from '@/lib/hosts/service'
import { defineRoute } from '@/lib/http/define-route'
import { IdParams } from '@/lib/http/envelope'
import { OperationAnswer, operationReply } from '@/lib/http/operation-reply'

export const POST = defineRoute({
  permission: 'hosts.admin',
  summary: 'Install the packages that bring these commands, with the package manager of the host.',
  params: IdParams,
  body: InstallTools,
  response: OperationAnswer,
  alsoAnswers: { 202: 'It still runs; follow the operation.' },
  handle: async (call) =>
    operationReply(await installTools(call.actor, call.params.id, call.body), call, 'Installation'),
})
