import type { Readable } from 'node:stream'
import { HoldfastError } from '@/lib/errors'

const MOST_BYTES = 65_536
const NEWLINE = 10

/** The first line of a stream, without what follows, which stays to be read. Throws `timed_out`, and `internal` where there is none. */
export function firstLine(stream: Readable, waitMs: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let head = Buffer.alloc(0)
  const timer = setTimeout(
    () => settle(() => reject(new HoldfastError('timed_out', 'The storage of the pool does not answer.'))),
    waitMs,
  )
  // At once and not when the promise is seen: what is put back below would be read here again.
  const settle = (how: () => void) => {
    clearTimeout(timer)
    stream.off('readable', look)
    stream.off('end', fail)
    stream.off('close', fail)
    how()
  }
  const look = () => {
    for (let chunk: Buffer | null = stream.read(); chunk !== null; chunk = stream.read()) {
      head = Buffer.concat([head, chunk])
      const end = head.indexOf(NEWLINE)
      if (end >= 0) return settle(() => found(end))
      if (head.length > MOST_BYTES) return fail()
    }
  }
  const found = (end: number) => {
    const rest = head.subarray(end + 1)
    if (rest.length > 0) stream.unshift(rest)
    resolve(head.subarray(0, end).toString('utf8'))
  }
  const fail = () => settle(() => reject(new HoldfastError('internal', 'A child of ours ended without a word.')))
  stream.on('readable', look)
  stream.once('end', fail)
  stream.once('close', fail)
  return promise
}
