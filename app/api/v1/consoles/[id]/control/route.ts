import { changeControl } from '@/lib/consoles/control'
import { ChangeControl, ControlView } from '@/lib/consoles/schema'
import { defineRoute } from '@/lib/http/define-route'
import { IdParams, single } from '@/lib/http/envelope'

export const POST = defineRoute({
  permission: 'consoles.open',
  summary: 'Ask whoever types on a screen for the keyboard, answer who asks, or as an administrator take it.',
  params: IdParams,
  body: ChangeControl,
  response: single(ControlView),
  mayRefuse: ['conflict'],
  handle: async ({ actor, params, body }) => ({ body: { data: await changeControl(actor, params.id, body) } }),
})
