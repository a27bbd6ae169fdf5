import { z } from 'zod'
import { defineRoute } from '@/lib/http/define-route'
import { IdParams } from '@/lib/http/envelope'
import { etagOf } from '@/lib/http/etag'
import { mountReply } from '@/lib/http/mount-reply'
import { withOperation } from '@/lib/http/operation-reply'
import { AdoptMount } from '@/lib/imports/existing-schema'
import { adoptMount } from '@/lib/imports/existing-service'
import { MountView } from '@/lib/mounts/schema'

export const POST = defineRoute({
  permission: 'mounts.write',
  summary: 'Take over a mount that somebody made on this host, without unmounting it.',
  params: IdParams,
  body: AdoptMount,
  response: withOperation(MountView).extend({
    /** The line of /etc/fstab to remove by hand; Holdfast does not edit that file. */
    fstab: z.object({ line: z.int(), text: z.string() }).nullable(),
  }),
  status: 201,
  takesPlan: true,
  handle: async (call) => {
    const { actor, params, body: given, plan, signal } = call
    const { fstab, ...changed } = await adoptMount(actor, params.id, given, { plan, signal })
    const body = await mountReply(changed, call, 'Mount taken over')
    return {
      body: { ...body, fstab },
      etag: etagOf(body.data.generation),
      location: `/api/v1/storage/mounts/${body.data.id}`,
    }
  },
})
