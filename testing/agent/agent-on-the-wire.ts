import { Agent, request as httpsRequest, type RequestOptions } from 'node:https'
import { connect, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import type { Handlers } from '@/agent/server/handlers'
import { StreamMessage } from '@/lib/agent-protocol/stream'
import { VERBS } from '@/lib/agent-protocol/verbs'
import {
  controllerWishes,
  createTestAuthority,
  type IssuedCertificate,
  type TestAuthority,
} from '@/testing/certificates'
import { type FakeAgent, startFakeAgent } from '@/testing/fake-agent'
import { testId } from '@/testing/ids'
import { SimulatedWorkloads } from '@/testing/simulated-workloads'

export const TEST = VERBS.testBackend.path
export const BACKEND = {
  id: testId('backend', '1'),
  driver: 'nfs',
  config: {},
  secrets: { password: 'not-a-real-secret' },
}
export const REQUEST = JSON.stringify({ operationId: testId('operation', '1'), backend: BACKEND })

export interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
}

export function codeIn(answer: Answer): string {
  return JSON.parse(answer.text).error.code
}

/** The messages of an answer that is a stream. */
export function lines(answer: Answer): StreamMessage[] {
  return answer.text
    .trim()
    .split('\n')
    .map((line) => StreamMessage.parse(JSON.parse(line)))
}

export interface AgentOnTheWire {
  /** The containers and machines of the agent. */
  workloads: SimulatedWorkloads
  agent: FakeAgent
  /** What `testBackend` does in the test that runs. */
  testBackend: Handlers['testBackend']
  send(method: string, path: string, body?: string | Buffer, options?: RequestOptions): Promise<Answer>
  applyMount(mountId: string): Promise<Answer>
  /** A raw connection, for clients that behave as no library would. */
  open(): Promise<TLSSocket>
}

/** An agent's server over mutual TLS, as its controller reaches it; there inside tests and hooks. */
export function setUpAgentOnTheWire(): AgentOnTheWire {
  const wire = { send, applyMount, open, workloads: new SimulatedWorkloads() } as AgentOnTheWire
  let fleet: TestAuthority
  let controller: IssuedCertificate
  let http: Agent

  beforeAll(async () => {
    fleet = await createTestAuthority()
    controller = await fleet.issue(controllerWishes())
    wire.agent = await startFakeAgent({
      authority: fleet,
      hostId: 'hst_00000000000000000000000001',
      kinds: [wire.workloads],
      handlers: { testBackend: (request, call) => wire.testBackend(request, call) },
    })
    http = new Agent({ keepAlive: true, ...trust() })
  })
  beforeEach(() => {
    wire.agent.setFault(null)
    wire.testBackend = async () => ({ success: true, steps: [], usage: null })
  })
  afterAll(async () => {
    http.destroy()
    await wire.agent.stop()
  })

  const trust = () => ({
    ca: fleet.certificate,
    cert: controller.certificate,
    key: controller.key,
    checkServerIdentity: () => undefined,
  })

  function send(method: string, path: string, body?: string | Buffer, options: RequestOptions = {}): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    const headers = { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...options.headers }
    const place = { host: '127.0.0.1', port: wire.agent.port, agent: http }
    const outgoing = httpsRequest({ ...place, ...options, method, path, headers })
    outgoing.on('error', reject)
    outgoing.on('response', (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
    })
    outgoing.end(body)
    return promise
  }

  function applyMount(mountId: string): Promise<Answer> {
    const mount = {
      mountId,
      backend: BACKEND,
      mountPoint: `/mnt/${mountId}`,
      readOnly: false,
      autoMount: true,
      desiredState: 'mounted',
    }
    const operationId = testId('operation', '1')
    const envelope = { operationId, resourceId: mountId, generation: 1, fence: 1, ttlMs: 1000 }
    return send('PUT', VERBS.applyMount.path, JSON.stringify({ ...envelope, mount }))
  }

  function open(): Promise<TLSSocket> {
    const { promise, resolve } = Promise.withResolvers<TLSSocket>()
    const socket = connect({ host: '127.0.0.1', port: wire.agent.port, ...trust() })
    socket.once('secureConnect', () => resolve(socket))
    return promise
  }

  return wire
}
