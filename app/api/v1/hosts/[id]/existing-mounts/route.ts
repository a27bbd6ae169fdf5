import { z } from 'zod'
import { lookForMounts } from '@/lib/hosts/service'
import { defineRoute } from '@/lib/http/define-route'
import { IdParams, single } from '@/lib/http/envelope'
import { DEFAULT_WAIT_MS, operationPath, settle } from '@/lib/http/operation-reply'
import { ExistingMountsView } from '@/lib/imports/existing-schema'
import { describeExisting } from '@/lib/imports/existing-service'
import { OperationView } from '@/lib/operations/schema'
import { isFinal } from '@/lib/operations/service'

export const GET = defineRoute({
  permission: 'hosts.refresh',
  summary: 'Ask a host what storage is mounted there, or in its fstab, that Holdfast does not manage.',
  params: IdParams,
  response: single(z.union([ExistingMountsView, OperationView])),
  alsoAnswers: { 202: 'The host has not answered yet; follow the operation.' },
  handle: async (call) => {
    const look = await settle(await lookForMounts(call.actor, call.params.id), call, DEFAULT_WAIT_MS)
    if (!isFinal(look.status)) return { status: 202, body: { data: look }, location: operationPath(look.id) }
    return { body: { data: await describeExisting(call.actor, call.params.id, look) } }
  },
})
