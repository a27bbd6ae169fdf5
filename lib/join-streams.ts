import type { Duplex, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/**
 * Hands bytes on in both directions, as each side takes them, until one of the two ends, breaks, or the signal aborts. Then both are
 * closed: what the side that has ended had sent before is handed on first. `filter`: what `one` says goes through it, and its error ends
 * both as well. Never throws.
 */
export async function joinStreams(one: Duplex, other: Duplex, signal: AbortSignal, filter?: Transform): Promise<void> {
  // Two ways through one stream, each listened to at several places: no leak, as Node would warn.
  for (const stream of [one, other]) stream.setMaxListeners(32)
  const ended = new AbortController()
  const ends = AbortSignal.any([signal, ended.signal])
  const forth =
    filter === undefined ? pipeline(one, other, { signal: ends }) : pipeline(one, filter, other, { signal: ends })
  const back = pipeline(other, one, { signal: ends })
  await Promise.allSettled([forth, back].map((way) => way.finally(() => ended.abort())))
  one.destroy()
  other.destroy()
}
