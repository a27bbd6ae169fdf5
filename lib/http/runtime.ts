import { forgetActors } from '@/lib/auth/actor-cache'
import { currentEnv } from '@/lib/current-env'
import { initDatabase } from '@/lib/db/client'
import type { Env } from '@/lib/env'
import { processBus } from '@/lib/events/process-bus'
import { createLog, type Log } from '@/lib/log'

export interface Runtime {
  env: Env
  log: Log
}

const GLOBAL_KEY = Symbol.for('holdfast.web-runtime')
type SharedGlobal = typeof globalThis & { [GLOBAL_KEY]?: Runtime | undefined }

/** Settings and log of the web process, read once; opens the database on first use. */
export async function runtime(): Promise<Runtime> {
  const shared: SharedGlobal = globalThis
  const known = shared[GLOBAL_KEY]
  if (known) return known
  const env = currentEnv()
  await initDatabase(env)
  // Another web process has changed who may come in.
  processBus().subscribe(({ topic }) => {
    if (topic === 'user' || topic === 'token') forgetActors()
  })
  const made = { env, log: createLog('web', env.logLevel) }
  shared[GLOBAL_KEY] = made
  return made
}

/** For tests, which have more than one database in a process; undefined forgets it. */
export function setRuntime(value: Runtime | undefined): void {
  const shared: SharedGlobal = globalThis
  shared[GLOBAL_KEY] = value
}
