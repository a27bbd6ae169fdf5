import { type Env, readEnv } from '@/lib/env'

/** Next loads modules more than once in one process; the settings must still be one. */
const GLOBAL_KEY = Symbol.for('holdfast.env')
type SharedGlobal = typeof globalThis & { [GLOBAL_KEY]?: Env | undefined }

/** The settings of this process, read once. Throws `invalid_input` that lists every bad variable. */
export function currentEnv(): Env {
  const shared: SharedGlobal = globalThis
  shared[GLOBAL_KEY] ??= readEnv()
  return shared[GLOBAL_KEY]
}

/** For tests, which have more than one installation in a process; undefined forgets it. */
export function setCurrentEnv(env: Env | undefined): void {
  const shared: SharedGlobal = globalThis
  shared[GLOBAL_KEY] = env
}
