import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { AgentClient, failureReason } from '@/lib/agent-client/client'
import { controllerIdentity } from '@/lib/agent-protocol/enrollment'
import type { WireMount } from '@/lib/agent-protocol/messages'
import { HoldfastError } from '@/lib/errors'
import { newId } from '@/lib/ids'
import { controllerWishes, createTestAuthority, TEST_INSTALLATION, type TestAuthority } from '@/testing/certificates'
import { type FakeAgent, type FakeAgentOptions, startFakeAgent } from '@/testing/fake-agent'
import { waitFor } from '@/testing/wait'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 })

let authority: TestAuthority
let client: AgentClient
const agents: FakeAgent[] = []

beforeAll(async () => {
  authority = await createTestAuthority()
  client = new AgentClient({
    installationId: TEST_INSTALLATION,
    authorities: authority.certificate,
    ...(await authority.issue(controllerWishes())),
  })
})
afterAll(async () => {
  client.close()
  await Promise.all(agents.map((agent) => agent.stop()))
})

async function start(options: Partial<FakeAgentOptions> = {}): Promise<FakeAgent> {
  const agent = await startFakeAgent({ authority, hostId: newId('host'), ...options })
  agents.push(agent)
  return agent
}

async function failureOf(promise: Promise<unknown>): Promise<HoldfastError> {
  const error = await promise.then(
    () => undefined,
    (caught: unknown) => caught,
  )
  if (!(error instanceof HoldfastError)) throw new Error('it should have failed with a HoldfastError')
  return error
}

function command(over = {}) {
  const mount: WireMount = {
    mountId: newId('mount'),
    backend: { id: newId('backend'), driver: 'local-dir', config: {}, secrets: {} },
    mountPoint: '/mnt/a',
    readOnly: false,
    autoMount: true,
    desiredState: 'mounted',
  }
  return {
    operationId: newId('operation'),
    resourceId: mount.mountId,
    generation: 1,
    fence: 1,
    ttlMs: 1000,
    mount,
    ...over,
  }
}

test('how often hosts are to measure goes along with the question that they are asked anyway', async () => {
  const agent = await start()
  await client.status(agent)
  expect(agent.measuring()).toBeNull()
  const backendId = newId('backend')
  for (const seconds of [60, 900]) {
    client.tellMeasuring(`300,${backendId}=${seconds}`)
    await client.status(agent)
    expect(agent.measuring()).toEqual({ usualSeconds: 300, backends: new Map([[backendId, seconds]]) })
  }
})

describe('lists that are known', () => {
  const numbered = () => {
    let told: (changed: readonly string[]) => void = () => undefined
    const kind = {
      name: 'toy',
      items: ['a'],
      at: 1,
      idOf: (item: unknown) => String(item),
      list: () => kind.items,
      version: () => `e.${kind.at}`,
      subscribe: (onChange: (changed: readonly unknown[], gone: readonly string[]) => void) => {
        told = (changed) => onChange(changed, [])
        return () => undefined
      },
      add(item: string) {
        kind.items = [...kind.items, item]
        kind.at++
        told([item])
      },
    }
    return kind
  }
  const toys = async (agent: FakeAgent) => {
    const { status } = await client.status(agent)
    if (status !== null) client.tookIn(agent.hostId, status.versions)
    return status === null ? null : (status.resources.toy ?? 'left out')
  }

  test('are left out of the answer until they change, or until everything is asked for', async () => {
    const kind = numbered()
    const agent = await start({ kinds: [kind] })
    expect(await toys(agent)).toEqual(['a'])
    expect([await toys(agent), await toys(agent)]).toEqual(['left out', null])
    kind.add('b')
    expect(await toys(agent)).toEqual(['a', 'b'])
    client.readStatusAnew(agent.hostId)
    expect(await toys(agent)).toBe('left out')
    client.forgetStatus(agent.hostId)
    expect(await toys(agent)).toEqual(['a', 'b'])
  })

  test('are left out of the first message of a stream, and news say which version they lead to', async () => {
    const kind = numbered()
    const agent = await start({ kinds: [kind] })
    await toys(agent)
    const stop = new AbortController()
    const heard: unknown[] = []
    const following = client.follow(agent, {
      signal: stop.signal,
      idleMs: 20_000,
      onOpen: () => undefined,
      onMessage: (message) => {
        if (message.type !== 'resources') return
        heard.push([message.resources.toy, message.versions?.toy])
        client.tookIn(agent.hostId, message.versions)
      },
    })
    await waitFor('the first message', () => heard.length === 1)
    kind.add('b')
    await waitFor('the news', () => heard.length === 2)
    stop.abort()
    await failureOf(following)
    expect(heard).toEqual([
      [undefined, undefined],
      [['b'], 'e.2'],
    ])
    expect(await toys(agent)).toBe('left out')
  })
})

describe('who answers', () => {
  test.each([
    ['expired', 'clock'],
    ['otherHost', 'identity'],
    ['otherAuthority', 'tls'],
  ] as const)('an agent that shows a certificate of kind %s is not believed', async (shows, reason) => {
    const error = await failureOf(client.status(await start({ shows })))
    expect(error.code).toBe('host_unreachable')
    expect(failureReason(error)).toBe(reason)
  })

  test('where only a date is wrong, the error names both times, on whichever side it is', async () => {
    const late = await failureOf(client.status(await start({ shows: 'expired' })))
    expect(late.message).toMatch(
      /^The certificate of the host at .* was valid until .*Z, and the clock of this controller says/,
    )
    expect(late.message).toMatch(/ later\. .*NTP.* join the host again\.$/)
    const early = new AgentClient({
      installationId: TEST_INSTALLATION,
      authorities: authority.certificate,
      ...(await authority.issue({ ...controllerWishes(), notBefore: new Date(Date.now() + 600_000) })),
    })
    const agent = await start()
    for (const asked of [early.status(agent), early.call(agent, 'info', {})]) {
      const error = await failureOf(asked)
      expect(failureReason(error)).toBe('clock')
      expect(error.message).toMatch(
        /certificate of the controller is valid from .* clock of this host says .* earlier\. .*NTP/,
      )
    }
    early.close()
  })

  test('a certificate with a second name is not believed, even when the right one is among them', async () => {
    const hostId = newId('host')
    const wide: TestAuthority = {
      ...authority,
      issue: (wishes) =>
        authority.issue({ ...wishes, names: [...(wishes?.names ?? []), { type: 'dns', value: 'localhost' }] }),
    }
    expect(failureReason(await failureOf(client.status(await start({ hostId, authority: wide }))))).toBe('identity')
  })

  test('two hosts at one address do not share a connection', async () => {
    const first = await start()
    await client.status(first)
    const stranger = { hostId: newId('host'), address: first.address }
    expect(failureReason(await failureOf(client.status(stranger)))).toBe('identity')
  })

  test('an agent that has another controller refuses us', async () => {
    const agent = await start()
    const other = new AgentClient({
      installationId: TEST_INSTALLATION,
      authorities: authority.certificate,
      ...(await authority.issue({
        ...controllerWishes(),
        names: [{ type: 'url', value: controllerIdentity('other') }],
      })),
    })
    expect((await failureOf(other.status(agent))).code).toBe('host_unreachable')
    other.close()
  })
})

describe('failures', () => {
  test('nobody listens: refused, at once', async () => {
    const agent = await start()
    await agent.stop()
    const error = await failureOf(client.status(agent))
    expect(failureReason(error)).toBe('refused')
    expect(error.message).toContain(agent.address)
  })

  test('a host that hangs is given up at the deadline, and answers again later', async () => {
    const agent = await start()
    agent.setFault({ kind: 'hang' })
    expect((await failureOf(client.status(agent, 200))).code).toBe('timed_out')
    agent.setFault(null)
    expect((await client.status(agent)).status?.resources.mount).toEqual([])
  })

  test('a refusal of the host keeps its code and words', async () => {
    const agent = await start()
    agent.setFault({ kind: 'refuse', code: 'policy_denied', message: 'Not under /etc.' }, 'applyMount')
    const error = await failureOf(client.call(agent, 'applyMount', command()))
    expect(error).toMatchObject({ code: 'policy_denied', message: 'Not under /etc.' })
    expect(failureReason(error)).toBeUndefined()
  })

  test('an answer that is not the protocol is said to be so', async () => {
    const agent = await start()
    agent.setFault({ kind: 'garbage' })
    expect((await failureOf(client.call(agent, 'info', {}))).message).toContain('protocol')
    expect((await failureOf(client.call(agent, 'applyMount', command()))).message).toContain('protocol')
  })

  test('half a stream is not a result', async () => {
    const agent = await start()
    agent.setFault({ kind: 'cutStream' })
    const heard: string[] = []
    const onMessage = (message: { type: string }) => heard.push(message.type)
    const error = await failureOf(client.call(agent, 'applyMount', command(), { onMessage, retries: 0 }))
    expect(failureReason(error)).toBe('lost')
    expect(heard).toEqual(['log'])
  })

  test('a host that is cut off gets no new connection, not even for what is under way', async () => {
    const agent = await start()
    await client.status(agent)
    agent.setFault({ kind: 'hang' }, 'info')
    const asked = failureOf(client.call(agent, 'info', {}))
    await waitFor('the question', () => agent.connections() > 0)
    client.disconnect(agent.hostId)
    expect((await asked).code).toBe('host_unreachable')
    expect((await failureOf(client.status(agent))).message).toContain('revoked')
    await waitFor('every connection to be closed', () => agent.connections() === 0)
    client.admit(agent.hostId)
    expect((await client.status(agent)).now).toBeInstanceOf(Date)
  })

  test('a kept connection that the host has closed in the meantime costs nothing', async () => {
    const agent = await start()
    for (let round = 0; round < 20; round++) {
      await client.status(agent)
      agent.cutConnections()
    }
    expect((await client.status(agent)).now).toBeInstanceOf(Date)
  })

  test('a host whose work lane is full still answers the sweep', async () => {
    const agent = await start()
    agent.setFault({ kind: 'hang' }, 'applyMount')
    const stop = new AbortController()
    const hanging = Array.from({ length: 12 }, () =>
      failureOf(client.call(agent, 'applyMount', command(), { signal: stop.signal })),
    )
    expect((await client.status(agent)).status).not.toBeNull()
    stop.abort()
    for (const error of await Promise.all(hanging)) expect(error.code).toBe('timed_out')
  })
})

test('an answer that says the same as before is recognised, and another one is not', async () => {
  const agent = await start()
  expect((await client.status(agent)).status).not.toBeNull()
  expect((await client.status(agent)).status).toBeNull()
  await client.call(agent, 'applyMount', command())
  expect((await client.status(agent)).status?.resources.mount).toHaveLength(1)
  expect((await client.status(agent)).status).toBeNull()
  client.forgetStatus(agent.hostId)
  expect((await client.status(agent)).status).not.toBeNull()
})

test('events: the whole list first, then what changes, until the stream is cut', async () => {
  const agent = await start()
  const { mount } = command()
  await client.call(agent, 'applyMount', command({ mount, resourceId: mount.mountId }))
  const states: string[][] = []
  const stop = new AbortController()
  const ended = failureOf(
    client.follow(agent, {
      signal: stop.signal,
      idleMs: 5_000,
      onOpen() {},
      onMessage(message) {
        if (message.type !== 'resources') return
        states.push((message.resources.mount ?? []).map(({ state }) => state))
        if (states.length === 1) agent.change(mount.mountId, { state: 'absent' })
        else stop.abort()
      },
    }),
  )
  await ended
  expect(states).toEqual([['mounted'], ['absent']])
})
