import 'server-only'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { authenticate } from '@/lib/auth/authenticate'
import { showScreen } from '@/lib/consoles/live'
import { CONSOLE_PROTOCOLS, ConsoleKind } from '@/lib/consoles/schema'
import { takeConsole } from '@/lib/consoles/service'
import { HoldfastError } from '@/lib/errors'
import { newRequestId } from '@/lib/http/request'
import { runtime } from '@/lib/http/runtime'

/** Of one message of a viewer: what people paste is the longest. */
const MOST_BYTES = 1024 * 1024

const sockets = new WebSocketServer({
  noServer: true,
  clientTracking: false,
  maxPayload: MOST_BYTES,
  // What a screen says is compressed already.
  perMessageDeflate: false,
  // `ticketIn` has looked at it: the first is what is spoken, the second a ticket.
  handleProtocols: (offered) => [...offered][0] ?? false,
})

/**
 * Lets a viewer in who shows a ticket, and who is the one that it was made for. Throws, before anything was answered, for everybody
 * else. `stop` ends what was let in.
 */
export async function admitViewer(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  stop: AbortSignal,
): Promise<void> {
  const { env, log } = await runtime()
  const { actor } = await authenticate(identityIn(request), env)
  const { spoken, ticket } = offerIn(request)
  const console = await takeConsole(actor, ticket, request.headers.origin ?? null)
  if (spoken !== CONSOLE_PROTOCOLS[ConsoleKind.parse(console.kind)]) throw notOffered()
  const known = { ...actor, requestId: newRequestId() }
  sockets.handleUpgrade(request, socket, head, (viewer) => {
    showScreen({ actor: known, console, viewer, stop }).catch((error: unknown) =>
      log.error('a screen was not closed in order', { console: console.id, error }),
    )
  })
}

/** What says who somebody is, and nothing else. */
function identityIn({ headers }: IncomingMessage): Headers {
  const { authorization, cookie } = headers
  return new Headers({
    ...(authorization === undefined ? {} : { authorization }),
    ...(cookie === undefined ? {} : { cookie }),
  })
}

function offerIn({ headers }: IncomingMessage): { spoken: string; ticket: string } {
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim())
  const [spoken = '', ticket] = offered
  const isKnown = Object.values<string>(CONSOLE_PROTOCOLS).includes(spoken)
  if (offered.length !== 2 || !isKnown || ticket === undefined) throw notOffered()
  return { spoken, ticket }
}

function notOffered(): HoldfastError {
  return new HoldfastError('invalid_input', 'Offer the two subprotocols that came with the ticket, in their order.')
}
