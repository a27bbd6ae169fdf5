import { request as httpsRequest, type RequestOptions } from 'node:https'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll } from 'vitest'
import { type Listener, listen, type TlsMaterial } from '@/agent/server/listener'
import { controllerIdentity } from '@/lib/agent-protocol/enrollment'
import { createLog } from '@/lib/log'
import {
  controllerWishes,
  createTestAuthority,
  hostWishes,
  type IssuedCertificate,
  TEST_INSTALLATION,
  type TestAuthority,
} from '@/testing/certificates'

export const LISTENING_HOST = 'hst_00000000000000000000000001'
export const CONTROLLER = controllerIdentity(TEST_INSTALLATION)
export const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'

export type Presented = { cert?: string; key?: string }

export function asClient({ certificate, key }: IssuedCertificate): Presented {
  return { cert: certificate, key }
}

export interface TestListener {
  fleet: TestAuthority
  /** An authority that the listener does not know. */
  stranger: TestAuthority
  material: TlsMaterial
  controller: IssuedCertificate
  listener: Listener
  /** Requests that got past TLS. */
  served: number
  /** What it has logged. */
  refusals: string[]
  /** The text of one answer, or why there was none. In TLS 1.3 the server refuses after the client thinks that it is connected. */
  ask(presented: Presented, options?: RequestOptions): Promise<string>
  open(options: ConnectionOptions): Promise<TLSSocket>
}

/** The listener of an agent, which answers `hello` to whom it serves; there inside tests and hooks. */
export function setUpListener(): TestListener {
  const rig = { served: 0, refusals: [] as string[], ask, open } as TestListener

  beforeAll(async () => {
    rig.fleet = await createTestAuthority()
    rig.stranger = await createTestAuthority()
    const host = await rig.fleet.issue(hostWishes(LISTENING_HOST))
    rig.material = { ...host, authorities: rig.fleet.certificate, controllerIdentity: CONTROLLER }
    rig.controller = await rig.fleet.issue(controllerWishes())
    rig.listener = await listen({
      host: '127.0.0.1',
      port: 0,
      tls: rig.material,
      log: createLog('test', 'debug', (line) => rig.refusals.push(line)),
      onRequest(_request, response) {
        rig.served++
        response.end('hello')
      },
    })
  })
  afterAll(() => rig.listener.close(0))

  const toServer = () => ({
    host: '127.0.0.1',
    port: rig.listener.port,
    ca: rig.fleet.certificate,
    checkServerIdentity: () => undefined,
  })

  function ask(presented: Presented, options: RequestOptions = {}): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>()
    const request = httpsRequest({ ...toServer(), agent: false, ...presented, ...options })
    request.on('error', (error: NodeJS.ErrnoException) => resolve(`refused: ${error.code}`))
    request.on('response', (response) => {
      let body = ''
      response.on('data', (chunk) => {
        body += chunk
      })
      response.on('end', () => resolve(body))
    })
    request.end()
    return promise
  }

  function open(options: ConnectionOptions): Promise<TLSSocket> {
    const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>()
    const socket = connect({ ...toServer(), ...options })
    socket.once('secureConnect', () => resolve(socket))
    socket.once('error', reject)
    return promise
  }

  return rig
}

/** What came back up to the `hello`, or until the connection ended. */
export function roundTrip(socket: TLSSocket, text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk
      if (answer.includes('hello')) resolve(answer)
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', () => {})
    socket.write(text)
  })
}
