import { z } from 'zod'
import { defineRoute } from '@/lib/http/define-route'
import { runtime } from '@/lib/http/runtime'
import { readiness } from '@/lib/installation/readiness'

export const GET = defineRoute({
  permission: 'public',
  summary:
    'Can this installation do its work: a database that takes a write, migrations, controller, hosts that follow it?',
  response: z.object({
    ready: z.boolean(),
    checks: z.object({
      database: z.string(),
      migrations: z.string(),
      controller: z.string(),
      hosts: z.string(),
    }),
  }),
  alsoAnswers: { 503: 'Not yet, or not any more; checks says what is missing, and the log of the web process where.' },
  handle: async () => {
    const { env, log } = await runtime()
    const body = await readiness(env, log)
    return { body, status: body.ready ? 200 : 503 }
  },
})
