import { defineRoute } from '@/lib/http/define-route'
import { IdParams, single } from '@/lib/http/envelope'
import { DEFAULT_WAIT_MS, operationReply } from '@/lib/http/operation-reply'
import { unmountNow } from '@/lib/mounts/changes/actions'
import { WolfstackMount } from '@/lib/wolfstack/schema'
import { getWolfstackMount } from '@/lib/wolfstack/service'

export const POST = defineRoute({
  permission: 'mounts.write',
  summary: 'Unmount on every host of the mount, and answer with the record of WolfStack.',
  params: IdParams,
  response: single(WolfstackMount),
  alsoAnswers: { 202: 'It still runs.' },
  handle: async (call) => {
    const operation = await unmountNow(call.actor, call.params.id, {})
    const { status, body } = await operationReply(operation, call, 'Unmount', DEFAULT_WAIT_MS)
    const data = await getWolfstackMount(call.actor, call.params.id)
    return { status: status ?? 200, body: { data, message: body?.message ?? 'Unmount requested' } }
  },
})
