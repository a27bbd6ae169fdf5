import { RuleView } from '@/lib/alert-rules/schema'
import { listRules } from '@/lib/alert-rules/service'
import { defineRoute } from '@/lib/http/define-route'
import { list, NoQuery } from '@/lib/http/envelope'

export const GET = defineRoute({
  permission: 'attention.read',
  summary: 'List the rules of alerts: from where on something is trouble, and how long it has to last.',
  query: NoQuery,
  response: list(RuleView),
  handle: async ({ actor }) => ({ body: await listRules(actor) }),
})
