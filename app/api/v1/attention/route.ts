import { AttentionView, ListAttention } from '@/lib/attention/schema'
import { attentionJson } from '@/lib/attention/service'
import { defineRoute } from '@/lib/http/define-route'

export const GET = defineRoute({
  permission: 'attention.read',
  summary: 'What needs a person, by its cause, worst first, and how many backends, mounts and hosts are in trouble.',
  query: ListAttention,
  response: AttentionView,
  handle: async ({ actor, query }) => ({ json: await attentionJson(actor, query) }),
})
