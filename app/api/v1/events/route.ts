import { z } from 'zod'
import { changeStream } from '@/lib/events/stream'
import { defineRoute } from '@/lib/http/define-route'

export const GET = defineRoute({
  permission: 'events.read',
  summary: 'Server-sent events: which objects have changed and should be read again.',
  response: z.string(),
  mediaType: 'text/event-stream',
  handle: async ({ actor, signal }) =>
    new Response(changeStream(actor, signal), {
      headers: {
        'Content-Type': 'text/event-stream; charset=utf-8',
        'Cache-Control': 'no-store, no-transform',
        'X-Accel-Buffering': 'no',
      },
    }),
})
