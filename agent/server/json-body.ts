import type { IncomingMessage } from 'node:http'
import { HoldfastError } from '@/lib/errors'

/** The listener has seen to it that the body is small and that all of it is there. */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  const body = Buffer.concat(chunks)
  if (body.length === 0) return {}
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) {
    throw new HoldfastError('invalid_input', 'The body must be application/json.')
  }
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    throw new HoldfastError('invalid_input', 'The body is not valid JSON.')
  }
}
