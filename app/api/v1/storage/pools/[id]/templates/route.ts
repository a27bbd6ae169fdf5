import { defineRoute } from '@/lib/http/define-route'
import { IdParams, list } from '@/lib/http/envelope'
import { TemplateView } from '@/lib/pools/schema'
import { listTemplates } from '@/lib/pools/templates'

export const GET = defineRoute({
  permission: 'pools.read',
  summary:
    'List the images and ISO files in the folder of templates of a pool: the first 200 per host; total counts all.',
  params: IdParams,
  response: list(TemplateView),
  handle: async ({ actor, params }) => ({ body: await listTemplates(actor, params.id) }),
})
