import { ChangeRule, RuleParams, RuleView } from '@/lib/alert-rules/schema'
import { changeRule, getRule } from '@/lib/alert-rules/service'
import { defineRoute } from '@/lib/http/define-route'
import { single } from '@/lib/http/envelope'

export const GET = defineRoute({
  permission: 'attention.read',
  summary: 'Read a rule of alerts.',
  params: RuleParams,
  response: single(RuleView),
  handle: async ({ actor, params }) => ({ body: { data: await getRule(actor, params.kind) } }),
})

export const PATCH = defineRoute({
  permission: 'system.admin',
  summary: 'Change a rule of alerts as a whole; null is as it is delivered.',
  params: RuleParams,
  body: ChangeRule,
  response: single(RuleView),
  handle: async ({ actor, params, body }) => ({
    body: { data: await changeRule(actor, params.kind, body), message: 'Rule changed' },
  }),
})
