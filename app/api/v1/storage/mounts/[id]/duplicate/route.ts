import { defineRoute } from '@/lib/http/define-route'
import { IdParams } from '@/lib/http/envelope'
import { etagOf } from '@/lib/http/etag'
import { mountReply } from '@/lib/http/mount-reply'
import { withOperation } from '@/lib/http/operation-reply'
import { duplicateMount } from '@/lib/mounts/changes/duplicate'
import { DuplicateMount, MountView } from '@/lib/mounts/schema'

export const POST = defineRoute({
  permission: 'mounts.write',
  summary:
    'Copy a mount under another name and place, for the same hosts. It is only written down unless do_mount is true.',
  params: IdParams,
  body: DuplicateMount,
  response: withOperation(MountView),
  status: 201,
  handle: async (call) => {
    const body = await mountReply(await duplicateMount(call.actor, call.params.id, call.body), call, 'Mount copied')
    return { body, etag: etagOf(body.data.generation), location: `/api/v1/storage/mounts/${body.data.id}` }
  },
})
