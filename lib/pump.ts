import { type Readable, Transform, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { HoldfastError } from '@/lib/errors'

export interface PumpOptions {
  /** Milliseconds in which at least one byte must move. */
  idleMs: number
  signal?: AbortSignal | undefined
  /** Leaves `to` open after the last byte. */
  keepsOpen?: boolean
}

/**
 * Hands bytes on as they come and as they are taken, never more than a few chunks at a time. Returns how many there were. Throws
 * `timed_out` when none has moved for too long; both ends are closed after a failure.
 */
export async function pump(from: Readable, to: Writable, options: PumpOptions): Promise<number> {
  const { idleMs, signal, keepsOpen = false } = options
  const idle = new AbortController()
  const timer = setTimeout(() => idle.abort(stalled(idleMs)), idleMs)
  let moved = 0
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      moved += chunk.length
      timer.refresh()
      done(null, chunk)
    },
  })
  const ends = signal === undefined ? idle.signal : AbortSignal.any([idle.signal, signal])
  try {
    await pipeline(from, counter, to, { signal: ends, end: !keepsOpen })
    return moved
  } catch (error) {
    to.destroy()
    throw idle.signal.aborted ? idle.signal.reason : error
  } finally {
    clearTimeout(timer)
  }
}

function stalled(idleMs: number): HoldfastError {
  return new HoldfastError('timed_out', `No byte has moved for ${Math.round(idleMs / 1000)} s.`)
}
