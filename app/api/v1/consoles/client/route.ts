import { z } from 'zod'
import { clientProgram } from '@/lib/consoles/client-program'
import { defineRoute } from '@/lib/http/define-route'

export const GET = defineRoute({
  permission: 'consoles.open',
  summary: 'Download the program that opens screens in a viewer of your own: one file, for Node 22 or newer.',
  response: z.string(),
  mediaType: 'text/javascript',
  handle: async ({ actor }) =>
    new Response(await clientProgram(actor), {
      headers: {
        'Content-Type': 'text/javascript; charset=utf-8',
        'Content-Disposition': 'attachment; filename="holdfast.mjs"',
        'Cache-Control': 'no-store',
        'X-Content-Type-Options': 'nosniff',
      },
    }),
})
