import 'server-only'
import path from 'node:path'
import { requireMigrated } from '@/lib/db/migrate'
import type { Env } from '@/lib/env'
import { forStrangers, toHoldfastError } from '@/lib/errors'
import { isControllerAlive } from '@/lib/installation/service'
import { requireWritable } from '@/lib/installation/write-probe'
import type { Log } from '@/lib/log'
import { restoredCheck } from '@/lib/restores/service'

export interface Readiness {
  ready: boolean
  checks: { database: string; migrations: string; controller: string; hosts: string }
}

/** The migrations of a build do not change while it runs; once they are in, they are in. */
let migratedUrl: string | undefined

/** The failures that were logged last, so that each is said once, however often it is asked. */
let logged = ''

/** Can this installation do its work now: a database that takes a write, migrations, a controller that lives, hosts that follow? */
export async function readiness({ databaseUrl }: Pick<Env, 'databaseUrl'>, log: Log): Promise<Readiness> {
  const failures: Record<string, string> = {}
  /** `ok`, or a sentence that says what is missing. */
  async function check(name: string, run: () => Promise<void>): Promise<string> {
    try {
      await run()
      return 'ok'
    } catch (error) {
      const known = toHoldfastError(error)
      failures[name] = known.message
      return forStrangers(known).message
    }
  }
  const migrations = await check('migrations', async () => {
    if (migratedUrl === databaseUrl) return
    await requireMigrated({ url: databaseUrl, directory: path.join(process.cwd(), 'prisma/migrations') })
    migratedUrl = databaseUrl
  })
  let isAlive = false
  let hosts = 'ok'
  const database = await check('database', async () => {
    isAlive = await isControllerAlive()
    hosts = await restoredCheck()
    await requireWritable(databaseUrl)
  })
  const controller = isAlive ? 'ok' : 'The controller does not run, or has not started yet.'
  const said = JSON.stringify(failures)
  if (said !== logged && said !== '{}') log.error('not ready', failures)
  logged = said
  return {
    ready: [migrations, database, controller, hosts].every((state) => state === 'ok'),
    checks: { database, migrations, controller, hosts },
  }
}
