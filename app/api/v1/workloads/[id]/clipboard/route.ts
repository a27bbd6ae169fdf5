import { addClipboard, getClipboard } from '@/lib/consoles/clipboard'
import { ClipboardView } from '@/lib/consoles/schema'
import { defineRoute } from '@/lib/http/define-route'
import { IdParams, single } from '@/lib/http/envelope'
import { OperationAnswer, operationReply } from '@/lib/http/operation-reply'

export const GET = defineRoute({
  permission: 'consoles.open',
  summary:
    'Ask the host whether the clipboard of a virtual machine works, what it lacks, and what adding that would do.',
  params: IdParams,
  response: single(ClipboardView),
  handle: async ({ actor, params, signal }) => ({ body: { data: await getClipboard(actor, params.id, signal) } }),
})

export const POST = defineRoute({
  permission: 'workloads.write',
  summary:
    'Add the channel for the clipboard to a virtual machine: at once where that can be, else for its next start.',
  params: IdParams,
  response: OperationAnswer,
  alsoAnswers: { 202: 'It still runs; follow the operation.' },
  mayRefuse: ['conflict'],
  handle: async (call) => operationReply(await addClipboard(call.actor, call.params.id), call, 'Change'),
})
