import { ConsoleTicketView, ConsoleView, ListConsoles, OpenConsole } from '@/lib/consoles/schema'
import { listConsoles, openConsole } from '@/lib/consoles/service'
import { defineRoute } from '@/lib/http/define-route'
import { list, single } from '@/lib/http/envelope'

export const GET = defineRoute({
  permission: 'consoles.open',
  summary: 'List who looks at the screens of virtual machines, or has.',
  query: ListConsoles,
  response: list(ConsoleView),
  handle: async ({ actor, query }) => ({ body: await listConsoles(actor, query) }),
})

export const POST = defineRoute({
  permission: 'consoles.open',
  summary: 'Ask for the screen of a virtual machine: a ticket for one WebSocket, good for 30 seconds.',
  body: OpenConsole,
  response: single(ConsoleTicketView),
  status: 201,
  hasSecretAnswer: true,
  mayRefuse: ['not_found', 'rate_limited'],
  handle: async ({ actor, body, headers }) => ({
    body: { data: await openConsole(actor, body, headers.get('origin')) },
  }),
})
