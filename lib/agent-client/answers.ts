import type { IncomingMessage } from 'node:http'
import { ErrorBody } from '@/lib/agent-protocol/messages'
import { StreamMessage } from '@/lib/agent-protocol/stream'
import { fromWireError } from '@/lib/agent-protocol/wire-error'
import { HoldfastError } from '@/lib/errors'

const MAX_BODY_BYTES = 8 * 1024 * 1024
const MAX_LINE_BYTES = 8 * 1024 * 1024

export function protocolMismatch(cause?: unknown): HoldfastError {
  return new HoldfastError('internal', "The agent's answer does not fit the protocol; upgrade the older side.", {
    cause,
  })
}

/** An answer that is not 200: the agent's error envelope, or what stands in for one. */
export function errorFromBody(status: number, body: Buffer): HoldfastError {
  try {
    return fromWireError(ErrorBody.parse(JSON.parse(body.toString('utf8'))).error)
  } catch {
    if (status === 404 || status === 405)
      return new HoldfastError('unsupported', 'The agent does not know this operation; upgrade it.')
    return protocolMismatch()
  }
}

/** Collects a whole body. */
export function readBody(
  response: IncomingMessage,
  done: (body: Buffer) => void,
  fail: (error: unknown) => void,
): void {
  const chunks: Buffer[] = []
  let size = 0
  response.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > MAX_BODY_BYTES) fail(protocolMismatch())
    else chunks.push(chunk)
  })
  response.on('end', () => {
    if (response.complete) done(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks))
  })
}

/**
 * Calls `take` with each NDJSON message as it comes. A line that is none of ours is a protocol mismatch. `upgrade` puts what an older
 * agent says into the words of this version.
 */
export function readMessages(
  response: IncomingMessage,
  take: (message: StreamMessage) => void,
  end: () => void,
  fail: (error: unknown) => void,
  upgrade: (message: unknown) => unknown = (message) => message,
): void {
  let rest = ''
  response.setEncoding('utf8')
  response.on('data', (chunk: string) => {
    rest += chunk
    let from = 0
    for (let at = rest.indexOf('\n', from); at >= 0; at = rest.indexOf('\n', from)) {
      const line = rest.slice(from, at)
      from = at + 1
      if (line.trim() === '') continue
      const message = parseMessage(line, upgrade)
      if (!message) return fail(protocolMismatch())
      take(message)
    }
    rest = rest.slice(from)
    if (rest.length > MAX_LINE_BYTES) fail(protocolMismatch())
  })
  response.on('end', () => {
    if (!response.complete) return
    if (rest.trim() === '') end()
    else fail(protocolMismatch())
  })
}

function parseMessage(line: string, upgrade: (message: unknown) => unknown): StreamMessage | undefined {
  try {
    return StreamMessage.safeParse(upgrade(JSON.parse(line))).data
  } catch {
    return undefined
  }
}
