import { z } from 'zod'
import { currentEnv } from '@/lib/current-env'
import { defineRoute } from '@/lib/http/define-route'
import { runtime } from '@/lib/http/runtime'
import { readiness } from '@/lib/installation/readiness'

/** Load balancers ask every second: what is wrong is logged when it changes. */
let logged = ''

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
  alsoAnswers: { 503: 'Not yet, or not any more; the log of the web process says what is missing.' },
  handle: async () => {
    const { ready, checks } = await readiness(currentEnv())
    const state = JSON.stringify(checks)
    if (!ready && state !== logged) (await runtime()).log.warn('not ready', checks)
    logged = state
    // Anybody may ask; what is wrong names files and versions, and is for the log.
    const shown = (state: string) => (state === 'ok' ? 'ok' : 'not ok')
    const { database, migrations, controller, hosts } = checks
    return {
      body: {
        ready,
        checks: {
          database: shown(database),
          migrations: shown(migrations),
          controller: shown(controller),
          hosts: shown(hosts),
        },
      },
      status: ready ? 200 : 503,
    }
  },
})
