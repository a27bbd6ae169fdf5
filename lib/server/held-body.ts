import type { IncomingMessage } from 'node:http'

/** `full`: `claim` has refused. */
export type HoldOutcome = 'whole' | 'too_large' | 'full'

const FIRST_BYTES = 4 * 1024

/**
 * Keeps a request's body back until it is there as a whole; then whoever reads the request finds it as if it had just arrived. What
 * comes after a refusal is dropped. It stands in the one place through which Node's parser hands a body on (`push`), so it also
 * counts what nobody ever reads. `claim` is asked for memory, in bytes, before it is taken.
 */
export function holdBody(
  request: IncomingMessage,
  limit: number,
  claim: (bytes: number) => boolean,
  done: (outcome: HoldOutcome) => void,
): void {
  // One buffer that doubles: a body of many tiny chunks must not cost an object for each.
  let body = Buffer.alloc(0)
  let size = 0
  const push = request.push.bind(request)
  const end = (outcome: HoldOutcome) => {
    body = Buffer.alloc(0)
    if (outcome === 'whole') request.push = push
    else dropBody(request)
    done(outcome)
  }
  request.push = (chunk: Buffer | null) => {
    if (chunk === null) {
      if (size > 0) push(body.subarray(0, size))
      push(null)
      end('whole')
      return false
    }
    const needed = size + chunk.length
    if (needed > limit) {
      end('too_large')
      return true
    }
    if (needed > body.length) {
      const capacity = Math.min(limit, Math.max(FIRST_BYTES, needed, body.length * 2))
      if (!claim(capacity - body.length)) {
        end('full')
        return true
      }
      const larger = Buffer.allocUnsafe(capacity)
      body.copy(larger, 0, 0, size)
      body = larger
    }
    chunk.copy(body, size)
    size = needed
    return true
  }
}

/** Whatever else arrives of this body is read and forgotten, so that the refusal can reach a client that is still sending. */
export function dropBody(request: IncomingMessage): void {
  request.push = () => true
}
