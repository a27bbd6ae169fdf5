import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { requestIn } from '@/agent/server/bytes'
import { parseRequest } from '@/agent/server/wire-error'
import { type OpenTunnel, TUNNEL_PROTOCOL, TUNNEL_VERBS, type TunnelVerb } from '@/lib/agent-protocol/tunnels'
import { toWireError } from '@/lib/agent-protocol/wire-error'
import { HoldfastError, toHoldfastError } from '@/lib/errors'
import { joinStreams } from '@/lib/join-streams'
import type { Log } from '@/lib/log'
import { acceptUpgrade, refuseUpgrade } from '@/lib/server/upgrades'

/** Each takes a connection of the host's own, and one of the few that a VNC server has. */
const MOST_TUNNELS = 32
/** To ask libvirt, which may have to be started by the question, and to connect. */
const OPEN_MS = 15_000

const VERB_NAMES = Object.keys(TUNNEL_VERBS) as TunnelVerb[]

/** What each of them leads to, connected, with everything that it says still to be read. */
export type TunnelHandlers = Record<TunnelVerb, (request: OpenTunnel, signal: AbortSignal) => Promise<Duplex>>

export interface TunnelServerParts {
  handlers: TunnelHandlers
  log: Log
  /** Ends every tunnel. */
  stop: AbortSignal
}

/** The requests whose connection becomes a tunnel. */
export function isTunnel({ method, url, headers }: IncomingMessage): boolean {
  return method === 'GET' && verbAt(url) !== undefined && headers.upgrade === TUNNEL_PROTOCOL
}

function verbAt(url: string | undefined): TunnelVerb | undefined {
  return VERB_NAMES.find((name) => TUNNEL_VERBS[name].path === url)
}

/** Serves the verbs that make a tunnel out of their connection; for requests that `isTunnel` knows. */
export function createTunnelServer({
  handlers,
  log,
  stop,
}: TunnelServerParts): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  let open = 0

  async function serve(request: IncomingMessage, socket: Duplex, head: Buffer, ends: AbortSignal): Promise<void> {
    const verb = verbAt(request.url)
    if (verb === undefined) throw new HoldfastError('unsupported', 'This agent does not know this operation.')
    const asked = parseRequest(TUNNEL_VERBS[verb].request, requestIn(request)) as OpenTunnel
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
      const screen = await handlers[verb](asked, AbortSignal.any([ends, late.signal]))
      clearTimeout(timer)
      acceptUpgrade(socket, TUNNEL_PROTOCOL, head)
      log.info('a screen was opened', { verb, machine: asked.machine })
      await joinStreams(socket, screen, ends)
      log.info('a screen was closed', { verb, machine: asked.machine })
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
