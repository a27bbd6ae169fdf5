import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { AgentClient } from '@/lib/agent-client/client'
import { eventsFromProtocol1, fromProtocol1 } from '@/lib/agent-client/protocol-1'
import protocol1 from '@/lib/agent-protocol/fixtures/protocol-v1.json'
import type { Resources } from '@/lib/agent-protocol/resources'
import { StreamMessage } from '@/lib/agent-protocol/stream'
import { VERBS } from '@/lib/agent-protocol/verbs'
import { newId } from '@/lib/ids'
import { controllerWishes, createTestAuthority, TEST_INSTALLATION, type TestAuthority } from '@/testing/certificates'
import { type FakeAgent, startFakeAgent } from '@/testing/fake-agent'
import { testId } from '@/testing/ids'
import { mtlsRequest } from '@/testing/mtls-request'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 })

let authority: TestAuthority
let trust: { authorities: string; certificate: string; key: string }
let client: AgentClient
let agent: FakeAgent
const mountId = testId('mount', 'one')
const backendId = testId('backend', 'san')

beforeAll(async () => {
  authority = await createTestAuthority()
  const issued = await authority.issue(controllerWishes())
  trust = { authorities: authority.certificate, ...issued }
  client = new AgentClient({ installationId: TEST_INSTALLATION, authorities: authority.certificate, ...issued })
  agent = await startFakeAgent({ authority, hostId: newId('host'), protocol: 1 })
  const backend = { id: testId('backend', 'dir'), driver: 'local-dir', config: {}, secrets: {} }
  const place = { mountPoint: '/mnt/one', readOnly: false, autoMount: true }
  agent.simulated.preload({ mountId, backend, ...place, desiredState: 'mounted' }, 1)
  agent.simulatedConnections.connect({ id: backendId, driver: 'iscsi-lvm', config: {}, secrets: {} }, 1)
})
afterAll(async () => {
  client.close()
  await agent.stop()
})

/** The schema of an answer as the snapshot of protocol 1 has it. */
function schemaOf(operation: 'info' | 'status' | 'standing'): z.ZodType {
  return z.fromJSONSchema(protocol1.operations[operation].response as never)
}

const idsIn = ({ mount, connection }: Resources) => ({
  mounts: mount?.map((each) => each.mountId),
  connections: connection?.map((each) => each.backendId),
})
const EVERYTHING = { mounts: [mountId], connections: [backendId] }

describe('the agent of protocol 1 that tests use', () => {
  test.each(['info', 'status', 'standing'] as const)('answers %s as the snapshot says', async (operation) => {
    const { text } = await mtlsRequest({ ...trust, port: agent.port, method: 'GET', path: VERBS[operation].path })
    const answer = JSON.parse(text)
    expect(schemaOf(operation).safeParse(answer).error).toBeUndefined()
    expect(answer).not.toHaveProperty('resources')
  })

  test('knows no verb that came later', async () => {
    const later = Object.entries(VERBS).filter(([name]) => !Object.hasOwn(protocol1.operations, name))
    for (const [, { method, path }] of later) {
      const { status } = await mtlsRequest({ ...trust, port: agent.port, method, path, body: {} })
      expect(status).toBe(400)
    }
  })
})

describe('the client', () => {
  test('reads what it says of its resources as lists by kind', async () => {
    const { status } = await client.status(agent)
    expect(idsIn(status?.resources ?? {})).toEqual(EVERYTHING)
    expect((await client.status(agent)).status).toBeNull()
    const standing = await client.call(agent, 'standing', {})
    expect(idsIn(standing.resources)).toEqual(EVERYTHING)
  })

  test('hears from its stream what changes, and which connections are gone', async () => {
    const heard: unknown[] = []
    const stop = new AbortController()
    const ended = client.follow(agent, {
      signal: stop.signal,
      idleMs: 5_000,
      onOpen() {},
      onMessage(message) {
        if (message.type !== 'resources') return
        heard.push([idsIn(message.resources), message.gone])
        if (heard.length === 1) agent.change(mountId, { state: 'hung' })
        if (heard.length === 2) agent.simulatedConnections.disconnect(backendId)
        if (heard.length === 3) stop.abort()
      },
    })
    await expect(ended).rejects.toThrow()
    expect(heard).toEqual([
      [EVERYTHING, undefined],
      [{ mounts: [mountId], connections: undefined }, undefined],
      [{ mounts: [], connections: [] }, { connection: [backendId] }],
    ])
  })
})

describe('what is turned', () => {
  test('an answer of protocol 2, and what is no answer at all, stays as it is', () => {
    for (const answer of [{ now: '', resources: {} }, null, 'text', [{ mounts: [] }], { fence: 1 }]) {
      expect(fromProtocol1(answer)).toBe(answer)
      expect(eventsFromProtocol1()(answer)).toBe(answer)
    }
  })

  test('an agent from before connections were listed says nothing about them', () => {
    expect(fromProtocol1({ now: 'n', mounts: [] })).toEqual({ now: 'n', resources: { mount: [] } })
    const at = new Date(0).toISOString()
    const message = eventsFromProtocol1()({ type: 'mounts', at, mounts: [] })
    expect(StreamMessage.parse(message)).toEqual({ type: 'resources', at, resources: { mount: [] } })
  })
})
