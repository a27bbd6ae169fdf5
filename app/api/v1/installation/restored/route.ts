import { defineRoute } from '@/lib/http/define-route'
import { single } from '@/lib/http/envelope'
import { RestoredView } from '@/lib/restores/schema'
import { getRestored } from '@/lib/restores/service'

export const GET = defineRoute({
  permission: 'hosts.read',
  summary: 'What differs between the database and its hosts since it was restored from a backup; null when it was not.',
  response: single(RestoredView.nullable()),
  handle: async ({ actor }) => ({ body: { data: await getRestored(actor) } }),
})
