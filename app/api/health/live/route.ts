import { z } from 'zod'
import { defineRoute } from '@/lib/http/define-route'

export const GET = defineRoute({
  permission: 'public',
  summary: 'Does the web process answer?',
  response: z.object({ status: z.literal('ok') }),
  handle: async () => ({ body: { status: 'ok' as const } }),
})
