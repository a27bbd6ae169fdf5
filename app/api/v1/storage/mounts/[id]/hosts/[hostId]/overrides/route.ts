import { defineRoute } from '@/lib/http/define-route'
import { MountHostParams } from '@/lib/http/envelope'
import { etagOf } from '@/lib/http/etag'
import { mountReply } from '@/lib/http/mount-reply'
import { withOperation } from '@/lib/http/operation-reply'
import { setOverrides } from '@/lib/mounts/changes/overrides'
import { MountOverrides, MountView } from '@/lib/mounts/schema'

export const PUT = defineRoute({
  permission: 'mounts.write',
  summary:
    'Say what is different on one host: mount point, access, single settings of the backend, with its secrets where they go elsewhere from there. Replaces what was said before.',
  params: MountHostParams,
  body: MountOverrides,
  response: withOperation(MountView),
  takesPlan: true,
  handle: async (call) => {
    const { id, hostId } = call.params
    const { ifMatch, plan } = call
    const body = await mountReply(
      await setOverrides(call.actor, id, hostId, call.body, { ifMatch, plan }),
      call,
      'Saved',
    )
    return { body, etag: etagOf(body.data.generation) }
  },
})

export const DELETE = defineRoute({
  permission: 'mounts.write',
  summary: 'Have the mount on this host as it is everywhere.',
  params: MountHostParams,
  response: withOperation(MountView),
  takesPlan: true,
  handle: async (call) => {
    const { id, hostId } = call.params
    const { ifMatch, plan } = call
    const body = await mountReply(await setOverrides(call.actor, id, hostId, null, { ifMatch, plan }), call, 'Saved')
    return { body, etag: etagOf(body.data.generation) }
  },
})
