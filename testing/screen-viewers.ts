import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect } from 'vitest'
import { WebSocket } from 'ws'
import { POST as openRoute } from '@/app/api/v1/consoles/route'
import { ConsoleTicketView } from '@/lib/consoles/schema'
import { createLog } from '@/lib/log'
import { guard, serverOptions } from '@/lib/server/guard'
import { WEB_LIMITS } from '@/lib/server/limits'
import { Refusals } from '@/lib/server/refusals'
import { isViewer, takeViewers } from '@/lib/web/upgrades'
import type { TestApi, TestBrowser } from '@/testing/api'
import { waitFor } from '@/testing/wait'

export interface ScreenViewer {
  /** What the screen has said so far. */
  said(): string
  /** How it was closed; for one that was never let in, the status of the refusal. */
  closed: Promise<{ code: number; reason: string } | { status: number }>
  socket: WebSocket
}

/** A web process that lets viewers of screens in, and viewers. `usual`: the machine that is looked at where none is named. */
export function useScreenViewers(api: TestApi, usual: string) {
  let server: Server
  let port = 0
  const stop = new AbortController()

  beforeAll(async () => {
    const log = createLog('web', 'error', () => undefined)
    const refusals = new Refusals(log)
    server = createServer(serverOptions(WEB_LIMITS, isViewer))
    guard(server, {
      limits: WEB_LIMITS,
      methods: ['GET'],
      onRequest: (_request, response) => response.writeHead(404).end(),
      onUpgrade: takeViewers({ log, refusals, stop: stop.signal }),
      describe: (error) => ({ type: 'text/plain', text: error.code }),
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
  })
  afterAll(() => {
    stop.abort()
    server.close()
    server.closeAllConnections()
  })

  async function ticket(who: TestBrowser, hostId: string, machine = usual): Promise<ConsoleTicketView> {
    const made = await api.call(who, openRoute, 'POST', { body: { host_id: hostId, machine } })
    expect(made.status, made.text).toBe(201)
    return made.data(ConsoleTicketView)
  }

  function connect(who: Pick<TestBrowser, 'headers'>, { path, protocols }: ConsoleTicketView): ScreenViewer {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, { headers: who.headers })
    let said = ''
    socket.on('message', (data) => {
      said += String(data)
    })
    const { promise: closed, resolve } = Promise.withResolvers<Awaited<ScreenViewer['closed']>>()
    socket.on('unexpected-response', (_request, response) => {
      response.resume()
      resolve({ status: response.statusCode ?? 0 })
    })
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }))
    socket.on('error', () => undefined)
    return { said: () => said, closed, socket }
  }

  const greets = (viewer: ScreenViewer) => waitFor('a greeting', () => viewer.said().startsWith('RFB 003.008\n'))

  return { ticket, connect, greets }
}
