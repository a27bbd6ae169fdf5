import { defineRoute } from '@/lib/http/define-route'
import { single } from '@/lib/http/envelope'
import { ConfirmRestored, RestoredView } from '@/lib/restores/schema'
import { confirmRestored } from '@/lib/restores/service'

export const POST = defineRoute({
  permission: 'hosts.admin',
  summary:
    'Go on from the restored state: hosts are brought to what the database wants, newer changes on them are overruled.',
  body: ConfirmRestored,
  response: single(RestoredView),
  handle: async ({ actor, body }) => ({ body: { data: await confirmRestored(actor, body) } }),
})
