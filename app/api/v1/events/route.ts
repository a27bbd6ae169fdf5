import { z } from 'zod'
import { changeStream } from '@/lib/events/stream'
import { defineRoute } from '@/lib/http/define-route'

const Listen = z.strictObject({
  /** Milliseconds since 1970: begin with what has changed after this moment. */
  since: z.coerce.number().int().nonnegative().optional(),
})

export const GET = defineRoute({
  permission: 'events.read',
  summary: 'Server-sent events: which objects have changed and should be read again.',
  query: Listen,
  response: z.string(),
  mediaType: 'text/event-stream',
  handle: async ({ actor, signal, query }) =>
    new Response(changeStream(actor, signal, query.since), {
      headers: {
        'Content-Type': 'text/event-stream; charset=utf-8',
        'Cache-Control': 'no-store, no-transform',
        'X-Accel-Buffering': 'no',
      },
    }),
})
