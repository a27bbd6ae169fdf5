import { OverrideParams, RuleView, SetOverride } from '@/lib/alert-rules/schema'
import { removeOverride, setOverride } from '@/lib/alert-rules/service'
import { defineRoute } from '@/lib/http/define-route'
import { single } from '@/lib/http/envelope'

export const PUT = defineRoute({
  permission: 'attention.write',
  summary: 'Give a backend or pool thresholds of its own, or switch the rule off for it.',
  params: OverrideParams,
  body: SetOverride,
  response: single(RuleView),
  handle: async ({ actor, params, body }) => ({
    body: { data: await setOverride(actor, params.kind, params.subjectId, body), message: 'Rule changed' },
  }),
})

export const DELETE = defineRoute({
  permission: 'attention.write',
  summary: 'Let the rule as a whole hold for a backend or pool again.',
  params: OverrideParams,
  response: single(RuleView),
  handle: async ({ actor, params }) => ({
    body: { data: await removeOverride(actor, params.kind, params.subjectId), message: 'Rule changed' },
  }),
})
