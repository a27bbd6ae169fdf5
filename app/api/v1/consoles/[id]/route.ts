import { endConsole } from '@/lib/consoles/service'
import { defineRoute } from '@/lib/http/define-route'
import { Deleted, IdParams, single } from '@/lib/http/envelope'

export const DELETE = defineRoute({
  permission: 'consoles.open',
  summary: 'End the screen that somebody looks at: your own, or as an administrator that of anybody.',
  params: IdParams,
  response: single(Deleted),
  handle: async ({ actor, params }) => {
    await endConsole(actor, params.id)
    return { body: { data: { id: params.id }, message: 'The screen is being closed' } }
  },
})
