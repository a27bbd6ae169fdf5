import type { Actor } from '@/lib/auth/actor'

/**
 * Who a cookie or token belongs to, remembered for a second: a burst of requests costs one lookup. Every change to users,
 * sessions or tokens in this process empties it at once; another process (a second web server) notices within `KEEP_MS`.
 */
const KEEP_MS = 1_000
const MAX_ENTRIES = 10_000

interface Entry {
  actor: Actor
  until: number
}

/** Next loads modules more than once in one process; what forgets must be what remembers. */
const GLOBAL_KEY = Symbol.for('holdfast.actors')
type SharedGlobal = typeof globalThis & { [GLOBAL_KEY]?: { entries: Map<string, Entry>; epoch: number } }

function shared() {
  const holder: SharedGlobal = globalThis
  holder[GLOBAL_KEY] ??= { entries: new Map(), epoch: 0 }
  return holder[GLOBAL_KEY]
}

/** `load` may answer null for "nobody", which is not remembered. A result read before a `forgetActors` is not kept. */
export async function rememberActor(key: string, load: () => Promise<Actor | null>): Promise<Actor | null> {
  const cache = shared()
  const found = cache.entries.get(key)
  if (found && found.until > performance.now()) return found.actor
  const epoch = cache.epoch
  const actor = await load()
  if (actor && epoch === cache.epoch) {
    if (cache.entries.size >= MAX_ENTRIES) cache.entries.clear()
    cache.entries.set(key, { actor, until: performance.now() + KEEP_MS })
  } else {
    cache.entries.delete(key)
  }
  return actor
}

/** To be called after every committed change to users, sessions or API tokens. */
export function forgetActors(): void {
  const cache = shared()
  cache.epoch++
  cache.entries.clear()
}
