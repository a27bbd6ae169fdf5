import { defineRoute } from '@/lib/http/define-route'
import { IdParams } from '@/lib/http/envelope'
import { DEFAULT_WAIT_MS, settle } from '@/lib/http/operation-reply'
import { syncNow } from '@/lib/mounts/changes/actions'
import { getMount } from '@/lib/mounts/service'
import { isSilent, isThere } from '@/lib/mounts/state'
import { isFinal } from '@/lib/operations/service'
import { WolfstackSync } from '@/lib/wolfstack/schema'
import { DOES_NOT_ANSWER } from '@/lib/wolfstack/translate'

export const POST = defineRoute({
  permission: 'mounts.write',
  summary: 'Bring every host of the mount to what is wanted, and say for each what came of it.',
  params: IdParams,
  response: WolfstackSync,
  handle: async (call) => {
    const operation = await settle(await syncNow(call.actor, call.params.id, {}), call, DEFAULT_WAIT_MS)
    const mount = await getMount(call.actor, call.params.id)
    const results = mount.hosts.map((host) => {
      const answers = !isSilent(host.host_status)
      const isDone = answers && host.error === null && isThere(host.state, host.desired_state)
      return {
        node: host.host_name,
        status: isDone ? (200 as const) : ('error' as const),
        response: host.error ?? (answers ? host.state : DOES_NOT_ANSWER),
      }
    })
    return { body: { message: isFinal(operation.status) ? 'Sync complete' : 'Sync still runs', results } }
  },
})
