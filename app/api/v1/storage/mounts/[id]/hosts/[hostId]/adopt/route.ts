import { defineRoute } from '@/lib/http/define-route'
import { MountHostParams } from '@/lib/http/envelope'
import { etagOf } from '@/lib/http/etag'
import { mountReply } from '@/lib/http/mount-reply'
import { withOperation } from '@/lib/http/operation-reply'
import { adoptDrift } from '@/lib/mounts/changes/adopt'
import { MountView } from '@/lib/mounts/schema'

export const POST = defineRoute({
  permission: 'mounts.write',
  summary: 'Take over what somebody has changed on a host: it becomes the wish for that host.',
  params: MountHostParams,
  response: withOperation(MountView),
  takesPlan: true,
  handle: async (call) => {
    const { id, hostId } = call.params
    const { ifMatch, plan } = call
    const body = await mountReply(await adoptDrift(call.actor, id, hostId, { ifMatch, plan }), call, 'Taken over')
    return { body, etag: etagOf(body.data.generation) }
  },
})
