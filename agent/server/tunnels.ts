import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { requestIn } from '@/agent/server/bytes'
import { parseRequest } from '@/agent/server/wire-error'
import { type OpenScreen, TUNNEL_PROTOCOL, TUNNEL_VERBS } from '@/lib/agent-protocol/tunnels'
import { toWireError } from '@/lib/agent-protocol/wire-error'
import { HoldfastError, toHoldfastError } from '@/lib/errors'
import { joinStreams } from '@/lib/join-streams'
import type { Log } from '@/lib/log'
import { acceptUpgrade, refuseUpgrade } from '@/lib/server/upgrades'

/** Each takes a connection of the host's own, and one of the few that a VNC server has. */
const MOST_TUNNELS = 32
/** To ask libvirt, which may have to be started by the question, and to connect. */
const OPEN_MS = 15_000

export interface TunnelHandlers {
  /** The VNC server of a machine, connected, with everything that it says still to be read. */
  openScreen(request: OpenScreen, signal: AbortSignal): Promise<Duplex>
}

export interface TunnelServerParts {
  handlers: TunnelHandlers
  log: Log
  /** Ends every tunnel. */
  stop: AbortSignal
}

/** The requests whose connection becomes a tunnel. */
export function isTunnel({ method, url, headers }: IncomingMessage): boolean {
  const { openScreen } = TUNNEL_VERBS
  return method === openScreen.method && url === openScreen.path && headers.upgrade === TUNNEL_PROTOCOL
}

/** Serves the verbs that make a tunnel out of their connection; for requests that `isTunnel` knows. */
export function createTunnelServer({
  handlers,
  log,
  stop,
}: TunnelServerParts): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  let open = 0

  async function serve(request: IncomingMessage, socket: Duplex, head: Buffer, ends: AbortSignal): Promise<void> {
    const asked = parseRequest(TUNNEL_VERBS.openScreen.request, requestIn(request)) as OpenScreen
    if (open >= MOST_TUNNELS) {
      throw new HoldfastError('rate_limited', `${MOST_TUNNELS} screens of this host are open already.`)
    }
    open++
    const late = new AbortController()
    const timer = setTimeout(
      () => late.abort(new HoldfastError('timed_out', 'The screen did not open in time.')),
      OPEN_MS,
    )
    try {
      const screen = await handlers.openScreen(asked, AbortSignal.any([ends, late.signal]))
      clearTimeout(timer)
      acceptUpgrade(socket, TUNNEL_PROTOCOL, head)
      log.info('a screen was opened', { machine: asked.machine })
      await joinStreams(socket, screen, ends)
      log.info('a screen was closed', { machine: asked.machine })
    } finally {
      clearTimeout(timer)
      open--
    }
  }

  return (request, socket, head) => {
    const gone = new AbortController()
    socket.once('close', () => gone.abort(new HoldfastError('cancelled', 'The caller has gone.')))
    serve(request, socket, head, AbortSignal.any([gone.signal, stop])).catch((error: unknown) => {
      const known = toHoldfastError(error)
      if (known.code === 'internal') log.error('a screen could not be opened', { error })
      else if (!gone.signal.aborted) log.info('a screen was not opened', { code: known.code, message: known.message })
      const text = JSON.stringify({ error: toWireError(known) })
      refuseUpgrade(socket, known, { type: 'application/json', text })
    })
  }
}
