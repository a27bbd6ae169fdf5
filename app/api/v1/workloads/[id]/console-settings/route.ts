import { ChangeConsoleSettings, ConsoleSettings } from '@/lib/consoles/schema'
import { changeConsoleSettings, getConsoleSettings } from '@/lib/consoles/settings'
import { defineRoute } from '@/lib/http/define-route'
import { IdParams, single } from '@/lib/http/envelope'

export const GET = defineRoute({
  permission: 'consoles.open',
  summary: 'Get which way the clipboard of a virtual machine may go.',
  params: IdParams,
  response: single(ConsoleSettings),
  handle: async ({ actor, params }) => ({ body: { data: await getConsoleSettings(actor, params.id) } }),
})

export const PATCH = defineRoute({
  permission: 'consoles.admin',
  summary:
    'Change which way the clipboard of a virtual machine may go. Screens of it that are open are closed within 5 seconds, to be opened anew.',
  params: IdParams,
  body: ChangeConsoleSettings,
  response: single(ConsoleSettings),
  handle: async ({ actor, params, body }) => ({ body: { data: await changeConsoleSettings(actor, params.id, body) } }),
})
