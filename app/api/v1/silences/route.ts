import { AlertDetail, CreateSilence, SilenceView } from '@/lib/alerts/schema'
import { listSilences, makeSilence } from '@/lib/alerts/silences'
import { defineRoute } from '@/lib/http/define-route'
import { list, single } from '@/lib/http/envelope'

export const GET = defineRoute({
  permission: 'attention.read',
  summary: 'List what nobody is told of until a time, the soonest end first, also where it is over for now.',
  response: list(SilenceView),
  handle: async ({ actor }) => ({ body: await listSilences(actor) }),
})

export const POST = defineRoute({
  permission: 'attention.write',
  summary: 'Silence an alert for everybody until a time, whatever becomes of it.',
  body: CreateSilence,
  response: single(AlertDetail),
  handle: async ({ actor, body }) => ({ body: { data: await makeSilence(actor, body) } }),
})
