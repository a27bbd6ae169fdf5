import { endSilence } from '@/lib/alerts/silences'
import { defineRoute } from '@/lib/http/define-route'
import { Deleted, IdParams, single } from '@/lib/http/envelope'

export const DELETE = defineRoute({
  permission: 'attention.write',
  summary: 'End a silence before its time.',
  params: IdParams,
  response: single(Deleted),
  handle: async ({ actor, params }) => {
    await endSilence(actor, params.id)
    return { body: { data: { id: params.id }, message: 'Silence ended' } }
  },
})
