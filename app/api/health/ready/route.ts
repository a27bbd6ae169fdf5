import { z } from 'zod'
import { currentEnv } from '@/lib/current-env'
import { defineRoute } from '@/lib/http/define-route'
import { readiness } from '@/lib/installation/readiness'

export const GET = defineRoute({
  permission: 'public',
  summary: 'Can this installation do its work: database, migrations, controller, hosts that follow it?',
  response: z.object({
    ready: z.boolean(),
    checks: z.object({
      database: z.string(),
      migrations: z.string(),
      controller: z.string(),
      hosts: z.string(),
    }),
  }),
  alsoAnswers: { 503: 'Not yet, or not any more; checks says what is missing.' },
  handle: async () => {
    const body = await readiness(currentEnv())
    return { body, status: body.ready ? 200 : 503 }
  },
})
