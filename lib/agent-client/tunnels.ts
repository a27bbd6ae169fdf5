import type { Duplex } from 'node:stream'
import { errorFromBody, readBody } from '@/lib/agent-client/answers'
import { ExchangeFailure, reasonOf } from '@/lib/agent-client/failures'
import type { HostLanes } from '@/lib/agent-client/lanes'
import { REQUEST_HEADER } from '@/lib/agent-protocol/files'
import { type OpenTunnel, TUNNEL_PROTOCOL, TUNNEL_VERBS, type TunnelVerb } from '@/lib/agent-protocol/tunnels'

/** Longer than the agent's own patience with libvirt and the VNC server. */
const HEAD_MS = 20_000

/** A host that has gone is noticed also while nothing moves on a screen: from then on every second, ten times. Milliseconds. */
const KEEP_ALIVE_MS = 15_000

/** A connection to the host that has become the way to a screen or a serial port. Throws what the host refuses with, or `ExchangeFailure`. */
export function exchangeTunnel(
  lanes: HostLanes,
  verb: TunnelVerb,
  request: OpenTunnel,
  signal: AbortSignal,
): Promise<Duplex> {
  const { method, path } = TUNNEL_VERBS[verb]
  const { promise, resolve, reject } = Promise.withResolvers<Duplex>()
  const outgoing = lanes.open({
    lane: 'tunnels',
    method,
    path,
    headers: {
      connection: 'Upgrade',
      upgrade: TUNNEL_PROTOCOL,
      [REQUEST_HEADER]: Buffer.from(JSON.stringify(request)).toString('base64url'),
    },
  })
  const fail = (error: unknown) => {
    outgoing.destroy()
    reject(error)
  }
  const onAbort = () => fail(new ExchangeFailure('aborted', false, signal.reason))
  const timer = setTimeout(() => fail(new ExchangeFailure('timeout', false)), HEAD_MS)
  const settle = () => {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
  outgoing.on('socket', (socket) => socket.setKeepAlive(true, KEEP_ALIVE_MS))
  outgoing.on('error', (error) => reject(new ExchangeFailure(reasonOf(error), false, error)))
  outgoing.on('close', settle)
  outgoing.on('upgrade', (_response, socket, head) => {
    settle()
    socket.on('error', () => socket.destroy())
    lanes.keep(socket)
    if (head.length > 0) socket.unshift(head)
    resolve(socket)
  })
  outgoing.on('response', (response) =>
    readBody(response, (body) => fail(errorFromBody(response.statusCode ?? 0, body)), fail),
  )
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  else outgoing.end()
  return promise
}
