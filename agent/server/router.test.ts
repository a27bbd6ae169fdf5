import { Agent, request as httpsRequest, type RequestOptions } from 'node:https'
import { connect, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Handlers } from '@/agent/server/handlers'
import { StreamMessage } from '@/lib/agent-protocol/messages'
import { OPERATIONS, type OperationName } from '@/lib/agent-protocol/operations'
import { HoldfastError } from '@/lib/errors'
import { AGENT_LIMITS } from '@/lib/server/limits'
import {
  controllerWishes,
  createTestAuthority,
  type IssuedCertificate,
  type TestAuthority,
} from '@/testing/certificates'
import { type FakeAgent, startFakeAgent } from '@/testing/fake-agent'
import { testId } from '@/testing/ids'

let fleet: TestAuthority
let controller: IssuedCertificate
let agent: FakeAgent
let http: Agent
/** What `testBackend` does in the test that runs. */
let testBackend: Handlers['testBackend']

beforeAll(async () => {
  fleet = await createTestAuthority()
  controller = await fleet.issue(controllerWishes())
  agent = await startFakeAgent({
    authority: fleet,
    hostId: 'hst_00000000000000000000000001',
    handlers: { testBackend: (request, call) => testBackend(request, call) },
  })
  http = new Agent({
    keepAlive: true,
    ca: fleet.certificate,
    cert: controller.certificate,
    key: controller.key,
    checkServerIdentity: () => undefined,
  })
})
beforeEach(() => {
  agent.setFault(null)
  testBackend = async () => ({ success: true, steps: [], usage: null })
})
afterAll(async () => {
  http.destroy()
  await agent.stop()
})

interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
}

function send(method: string, path: string, body?: string | Buffer, options: RequestOptions = {}): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const headers = { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...options.headers }
  const outgoing = httpsRequest({ host: '127.0.0.1', port: agent.port, agent: http, ...options, method, path, headers })
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

function codeIn(answer: Answer): string {
  return JSON.parse(answer.text).error.code
}

const TEST = OPERATIONS.testBackend.path
const BACKEND = { id: testId('backend', '1'), driver: 'nfs', config: {}, secrets: { password: 'not-a-real-secret' } }
const REQUEST = JSON.stringify({ operationId: testId('operation', '1'), backend: BACKEND })

const MOUNT = {
  backend: BACKEND,
  mountPoint: '/mnt/checked',
  readOnly: false,
  autoMount: true,
  desiredState: 'mounted' as const,
}

function lines(answer: Answer): StreamMessage[] {
  return answer.text
    .trim()
    .split('\n')
    .map((line) => StreamMessage.parse(JSON.parse(line)))
}

describe('requests that are none', () => {
  const cases: [string, string, string, string | undefined, number, string][] = [
    ['an unknown verb', 'POST', '/v1/run', '{}', 400, 'unsupported'],
    ['the wrong method', 'GET', TEST, undefined, 400, 'unsupported'],
    ['a path with a query', 'GET', '/v1/info?x=1', undefined, 400, 'unsupported'],
    ['a path that climbs', 'GET', '/v1/../v1/info', undefined, 400, 'unsupported'],
    ['the root', 'GET', '/', undefined, 400, 'unsupported'],
    ['no JSON', 'POST', TEST, '{', 400, 'invalid_input'],
    ['a list', 'POST', TEST, '[]', 400, 'invalid_input'],
    ['nothing', 'POST', TEST, '', 400, 'invalid_input'],
    ['an unknown field', 'POST', TEST, JSON.stringify({ ...JSON.parse(REQUEST), extra: 1 }), 400, 'invalid_input'],
  ]
  test.each(cases)('%s', async (_what, method, path, body, status, code) => {
    const answer = await send(method, path, body)
    expect([answer.status, codeIn(answer)]).toEqual([status, code])
  })

  test.each(['TRACE', 'PROPFIND', 'PATCH', 'OPTIONS'])('%s, which no operation uses', async (method) => {
    const answer = await send(method, TEST)
    expect([answer.status, codeIn(answer), answer.headers.allow]).toEqual([405, 'method_not_allowed', 'GET, POST, PUT'])
  })

  test('every bad field is named, and no value is repeated', async () => {
    const bad = { operationId: 7, backend: { ...BACKEND, secrets: { password: { canary: 'not-a-real-secret' } } } }
    const answer = await send('POST', TEST, JSON.stringify(bad))
    const { error } = JSON.parse(answer.text)
    expect(error.fields.map((problem: { field: string }) => problem.field)).toEqual([
      'operationId',
      'backend.secrets.password',
    ])
    expect(answer.text).not.toContain('not-a-real-secret')
  })

  test('a body of another type', async () => {
    const answer = await send('POST', TEST, REQUEST, { headers: { 'content-type': 'text/plain' } })
    expect([answer.status, codeIn(answer)]).toEqual([400, 'invalid_input'])
  })

  test('a body that says it is too long is refused unread', async () => {
    const answer = await send('POST', TEST, Buffer.alloc(AGENT_LIMITS.bodyBytes + 1, ' '))
    expect([answer.status, codeIn(answer)]).toEqual([413, 'payload_too_large'])
  })

  test('a body that turns out too long is refused too, and the connection ends', async () => {
    const outcome = await send('POST', TEST, Buffer.alloc(AGENT_LIMITS.bodyBytes * 4, ' '), {
      headers: { 'transfer-encoding': 'chunked' },
    }).then(
      (answer) => `${answer.status} ${answer.headers.connection}`,
      (error: NodeJS.ErrnoException) => String(error.code),
    )
    expect(outcome).toBe('413 close')
    expect((await send('GET', '/v1/info')).status).toBe(200)
  })

  test('headers beyond every measure', async () => {
    const outcome = await send('GET', '/v1/info', undefined, { headers: { 'x-long': 'x'.repeat(40_000) } }).then(
      (answer) => answer.status,
      () => 'cut',
    )
    expect([400, 431, 'cut']).toContain(outcome)
  })
})

describe('a stream', () => {
  test('carries log and steps, and ends with the result', async () => {
    const step = { id: 'tcp', title: 'Connect', status: 'passed', durationMs: 3 } as const
    testBackend = async (_request, call) => {
      call.log('Looking at it')
      call.step(step)
      return { success: true, steps: [step], usage: null }
    }
    const answer = await send('POST', TEST, REQUEST)
    expect(answer.headers['content-type']).toBe('application/x-ndjson')
    expect(lines(answer).map((line) => line.type)).toEqual(['log', 'step', 'result'])
  })

  test('ends with the error, its problem and its details', async () => {
    testBackend = async () => {
      throw new HoldfastError('backend_unreachable', 'No answer.', {
        details: { problem: 'tcp.refused', errno: 'ECONNREFUSED' },
      })
    }
    expect(lines(await send('POST', TEST, REQUEST)).at(-1)).toEqual({
      type: 'error',
      error: {
        code: 'backend_unreachable',
        message: 'No answer.',
        problem: 'tcp.refused',
        details: { errno: 'ECONNREFUSED' },
      },
    })
  })

  test('says nothing of a failure that is not ours to tell', async () => {
    testBackend = async () => {
      throw new Error('stderr: not-a-real-secret')
    }
    const answer = await send('POST', TEST, REQUEST)
    expect(lines(answer).at(-1)).toMatchObject({ type: 'error', error: { code: 'internal' } })
    expect(answer.text).not.toContain('not-a-real-secret')
  })

  test('a flood of log lines to a reader that does not read is dropped, the result is not', async () => {
    testBackend = async (_request, call) => {
      for (let i = 0; i < 20_000; i++) call.log(`${i} ${'x'.repeat(1000)}`)
      return { success: true, steps: [], usage: null }
    }
    const before = process.memoryUsage().rss
    const answer = await send('POST', TEST, REQUEST)
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024)
    const all = lines(answer)
    expect(all.length).toBeLessThan(15_000)
    expect(all.at(-2)).toMatchObject({ type: 'log', message: expect.stringMatching(/lines were left out/) })
    expect(all.at(-1)).toMatchObject({ type: 'result' })
  })

  test('a caller that leaves is noticed', async () => {
    const { promise: noticed, resolve } = Promise.withResolvers<void>()
    const { promise: started, resolve: onStart } = Promise.withResolvers<void>()
    testBackend = (_request, call) => {
      onStart()
      call.disconnected.addEventListener('abort', () => resolve())
      return noticed.then(() => ({ success: false, steps: [], usage: null }))
    }
    const abort = new AbortController()
    const answer = send('POST', TEST, REQUEST, { signal: abort.signal }).catch(() => 'gone')
    await started
    abort.abort()
    expect(await answer).toBe('gone')
    await noticed
  })
})

test('a host takes 32 calls at once and says so to the next; event streams do not count', async () => {
  const { promise: release, resolve } = Promise.withResolvers<void>()
  let running = 0
  const { promise: full, resolve: onFull } = Promise.withResolvers<void>()
  testBackend = async () => {
    if (++running === 32) onFull()
    await release
    return { success: true, steps: [], usage: null }
  }
  const all = Array.from({ length: 32 }, () => send('POST', TEST, REQUEST))
  await full
  const refused = await send('POST', TEST, REQUEST)
  expect([refused.status, codeIn(refused), refused.headers['retry-after']]).toEqual([429, 'rate_limited', '1'])
  resolve()
  for (const answer of await Promise.all(all)) expect(answer.status).toBe(200)
  expect((await send('GET', '/v1/info')).status).toBe(200)
})

describe('status', () => {
  test('starts with the time and answers 304 while nothing has changed', async () => {
    const first = await send('GET', OPERATIONS.status.path)
    expect(first.text).toMatch(/^\{"now":"\d{4}-/)
    const headers = { 'if-none-match': String(first.headers.etag) }
    const second = await send('GET', OPERATIONS.status.path, undefined, { headers })
    expect([second.status, second.text]).toEqual([304, ''])
    expect(second.headers.date).toBeDefined()
    await applyMount(testId('mount', 'etag'))
    expect((await send('GET', OPERATIONS.status.path, undefined, { headers })).status).toBe(200)
  })
})

function applyMount(mountId: string): Promise<Answer> {
  const mount = {
    mountId,
    backend: BACKEND,
    mountPoint: `/mnt/${mountId}`,
    readOnly: false,
    autoMount: true,
    desiredState: 'mounted',
  }
  const envelope = { operationId: testId('operation', '1'), resourceId: mountId, generation: 1, fence: 1, ttlMs: 1000 }
  return send('PUT', OPERATIONS.applyMount.path, JSON.stringify({ ...envelope, mount }))
}

/** A raw connection, for clients that behave as no library would. */
function open(): Promise<TLSSocket> {
  const { promise, resolve } = Promise.withResolvers<TLSSocket>()
  const socket = connect({
    host: '127.0.0.1',
    port: agent.port,
    ca: fleet.certificate,
    cert: controller.certificate,
    key: controller.key,
    checkServerIdentity: () => undefined,
  })
  socket.once('secureConnect', () => resolve(socket))
  return promise
}

describe('events', () => {
  test('first every mount, then what changes', async () => {
    await applyMount(testId('mount', 'one'))
    const socket = await open()
    const messages: StreamMessage[] = []
    let rest = ''
    const { promise: changed, resolve } = Promise.withResolvers<void>()
    socket.on('data', (chunk) => {
      for (const line of (rest + chunk).split('\n')) {
        if (!line.startsWith('{')) continue
        try {
          messages.push(StreamMessage.parse(JSON.parse(line)))
        } catch {
          rest = line
        }
      }
      if (messages.length === 1) agent.change(testId('mount', 'one'), { state: 'hung' })
      if (messages.length === 2) resolve()
    })
    socket.write('GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n')
    await changed
    socket.destroy()
    const [first, second] = messages
    expect(first?.type === 'resources' && first.resources.mount?.map((mount) => mount.mountId)).toContain(
      testId('mount', 'one'),
    )
    expect(second?.type === 'resources' && second.resources.mount?.map((mount) => mount.state)).toEqual(['hung'])
  })

  test('a reader that does not read costs one state per mount, and gets the newest when it reads again', async () => {
    await applyMount(testId('mount', 'slow'))
    const socket = await open()
    socket.write('GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n')
    await new Promise((resolve) => socket.once('readable', resolve))
    socket.pause()
    const long = 'x'.repeat(4000)
    for (let i = 0; i < 20_000; i++)
      agent.change(testId('mount', 'slow'), { error: { code: 'busy', message: `${i} ${long}` } })
    let text = ''
    const { promise: last, resolve } = Promise.withResolvers<void>()
    socket.on('data', (chunk) => {
      text = (text + chunk).slice(-20_000)
      if (text.includes('"19999 ')) resolve()
    })
    socket.resume()
    await last
    expect(socket.bytesRead).toBeLessThan(40 * 1024 * 1024)
    socket.destroy()
  })
})

describe('scripted faults', () => {
  test.each([
    [{ kind: 'refuse', code: 'busy' }, 409],
    [{ kind: 'slow', delayMs: 20 }, 200],
    [{ kind: 'cut' }, 'ECONNRESET'],
    [{ kind: 'garbage' }, 200],
  ] as const)('%j', async (fault, outcome) => {
    agent.setFault(fault, 'info')
    const answer = await send('GET', '/v1/info').then(
      ({ status }) => status,
      (error: NodeJS.ErrnoException) => error.code,
    )
    expect(answer).toBe(outcome)
    agent.setFault(null, 'info')
    expect((await send('GET', '/v1/info')).status).toBe(200)
  })

  test('hang and half a stream', async () => {
    agent.setFault({ kind: 'hang' }, 'info')
    await expect(send('GET', '/v1/info', undefined, { signal: AbortSignal.timeout(200) })).rejects.toThrow()
    agent.setFault({ kind: 'cutStream' }, 'testBackend')
    await expect(send('POST', TEST, REQUEST)).rejects.toThrow()
  })
})

test('an id that is none is refused before any work, with the name of its field', async () => {
  const backend = { ...BACKEND, id: '../../etc' }
  const { status, text } = await send('POST', TEST, JSON.stringify({ operationId: '-x', backend }))
  expect(status).toBe(400)
  const { error } = JSON.parse(text)
  expect(error.fields.map(({ field }: { field: string }) => field)).toEqual(['operationId', 'backend.id'])
  expect(text).not.toContain('../../etc')
})

test('the fake answers every operation with what the protocol says', async () => {
  const command = { operationId: testId('operation', '2'), generation: 1, fence: 1, ttlMs: 1000 }
  const bodies: Partial<Record<OperationName, unknown>> = {
    testBackend: JSON.parse(REQUEST),
    discover: { operationId: testId('operation', '1'), discovery: 'exports', backend: BACKEND },
    usage: { operationId: testId('operation', '1'), backend: BACKEND, mountId: null },
    inspectMount: { mountId: testId('mount', '1') },
    connectBackend: { ...command, resourceId: testId('backend', '1'), backend: BACKEND },
    disconnectBackend: { ...command, resourceId: testId('backend', '1'), backend: BACKEND },
    installTools: {
      operationId: testId('operation', '1'),
      resourceId: testId('host', '1'),
      generation: 0,
      fence: 1,
      ttlMs: 1000,
      commands: ['rclone'],
    },
    checkMount: {
      ...command,
      operationId: testId('operation', 'check'),
      resourceId: testId('mount', 'checked'),
      mountId: testId('mount', 'checked'),
      sizeBytes: 1_048_576,
    },
    cancelJob: { operationId: testId('operation', 'check'), fence: 1 },
    jobLog: { operationId: testId('operation', 'check'), after: 0 },
    updateAgent: {
      ...{ ...command, resourceId: testId('host', '1'), generation: 0 },
      ...{ file: 'holdfast-agent-linux-x64.tar.gz', sha256: 'a'.repeat(64), version: '9.9.9' },
    },
    removeMount: {
      operationId: testId('operation', '1'),
      resourceId: testId('mount', 'one'),
      generation: 1,
      fence: 1,
      ttlMs: 1000,
      mountId: testId('mount', 'one'),
      abandon: false,
    },
  }
  await agent.simulated.carryOut({ ...MOUNT, mountId: testId('mount', 'checked') }, 1, () => undefined)
  for (const [name, operation] of Object.entries(OPERATIONS)) {
    if (name === 'events' || name === 'applyMount' || name === 'installCertificate') continue
    const body = bodies[name as OperationName]
    const answer = await send(operation.method, operation.path, body === undefined ? undefined : JSON.stringify(body))
    const last =
      operation.mode === 'stream' ? lines(answer).at(-1) : { type: 'result', result: JSON.parse(answer.text) }
    expect(last?.type === 'result' && operation.response.safeParse(last.result).error, name).toBeUndefined()
  }
})
