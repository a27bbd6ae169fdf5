import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { CONNECT_PATH } from '@/lib/consoles/schema'
import { forStrangers, toHoldfastError } from '@/lib/errors'
import { problemOf } from '@/lib/http/problem'
import { newRequestId } from '@/lib/http/request'
import type { Log } from '@/lib/log'
import type { Refusals } from '@/lib/server/refusals'
import { refuseUpgrade } from '@/lib/server/upgrades'

/** The one kind of request whose connection becomes a WebSocket. */
export function isViewer({ method, url, headers }: IncomingMessage): boolean {
  return method === 'GET' && url === CONNECT_PATH && headers.upgrade?.toLowerCase() === 'websocket'
}

export interface ViewerParts {
  log: Log
  refusals: Refusals
  /** Ends every WebSocket. */
  stop: AbortSignal
}

/** Takes WebSockets to screens; for requests that `isViewer` knows. What that needs is loaded with the first of them. */
export function takeViewers({ log, refusals, stop }: ViewerParts) {
  return (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const admit = async () => {
      const { admitViewer } = await import('@/lib/consoles/door')
      await admitViewer(request, socket, head, stop)
    }
    admit().catch((error: unknown) => {
      const known = toHoldfastError(error)
      if (known.code === 'internal') log.error('a screen could not be shown', { error })
      else refusals.note(`screen ${known.code}`, request.socket.remoteAddress)
      const problem = problemOf(forStrangers(known), newRequestId())
      refuseUpgrade(socket, known, { type: 'application/problem+json', text: JSON.stringify(problem) })
    })
  }
}
