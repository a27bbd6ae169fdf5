import 'server-only'
import path from 'node:path'
import { requireMigrated } from '@/lib/db/migrate'
import type { Env } from '@/lib/env'
import { toHoldfastError } from '@/lib/errors'
import { isControllerAlive } from '@/lib/installation/service'
import { restoredCheck } from '@/lib/restores/service'

export interface Readiness {
  ready: boolean
  checks: { database: string; migrations: string; controller: string; hosts: string }
}

/** The migrations of a build do not change while it runs; once they are in, they are in. */
let migratedUrl: string | undefined

/** `ok`, or a sentence that says what is missing. */
async function check(run: () => Promise<void>): Promise<string> {
  try {
    await run()
    return 'ok'
  } catch (error) {
    return toHoldfastError(error).message
  }
}

/** Can this installation do its work now: database, migrations, a controller that lives, hosts that follow? */
export async function readiness(env: Pick<Env, 'databaseUrl'>): Promise<Readiness> {
  const migrations = await check(async () => {
    if (migratedUrl === env.databaseUrl) return
    await requireMigrated({ url: env.databaseUrl, directory: path.join(process.cwd(), 'prisma/migrations') })
    migratedUrl = env.databaseUrl
  })
  let isAlive = false
  let hosts = 'ok'
  const database = await check(async () => {
    isAlive = await isControllerAlive()
    hosts = await restoredCheck()
  })
  const controller = isAlive ? 'ok' : 'The controller does not run, or has not started yet.'
  return {
    ready: [migrations, database, controller, hosts].every((state) => state === 'ok'),
    checks: { database, migrations, controller, hosts },
  }
}
