import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { HoldfastError } from '@/lib/errors'
import { allowHeader } from '@/lib/server/http-methods'

/** From here on the connection carries what `protocol` means. `head`: what has come behind the request already. */
export function acceptUpgrade(socket: Duplex, protocol: string, head: Buffer): void {
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`)
  if (head.length > 0) socket.unshift(head)
}

/** How long a refused connection is still there, in milliseconds: closed at once, the client could lose the refusal with it. */
const LINGER_MS = 1_000

/** Answers where Node has handed over the bare connection, and ends it. */
export function refuseUpgrade(socket: Duplex, error: HoldfastError, described: { type: string; text: string }): void {
  socket.end(refusalText(error, described))
  const timer = setTimeout(() => socket.destroy(), LINGER_MS)
  socket.once('close', () => clearTimeout(timer))
}

/** A whole answer, as it goes over the line. */
export function refusalText(error: HoldfastError, { type, text }: { type: string; text: string }): string {
  const { status } = error
  const { allow } = allowHeader(error)
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `Content-Type: ${type}`,
    `Content-Length: ${Buffer.byteLength(text)}`,
    ...(allow === undefined ? [] : [`Allow: ${allow}`]),
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    'Connection: close',
  ]
  return `${lines.join('\r\n')}\r\n\r\n${text}`
}
