import { describe, expect, test } from 'vitest'
import { VERBS } from '@/lib/agent-protocol/verbs'
import { HoldfastError } from '@/lib/errors'
import { AGENT_LIMITS } from '@/lib/server/limits'
import { BACKEND, codeIn, lines, REQUEST, setUpAgentOnTheWire, TEST } from '@/testing/agent/agent-on-the-wire'
import { testId } from '@/testing/ids'

const wire = setUpAgentOnTheWire()

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
    const answer = await wire.send(method, path, body)
    expect([answer.status, codeIn(answer)]).toEqual([status, code])
  })

  test.each(['TRACE', 'PROPFIND', 'PATCH', 'OPTIONS'])('%s, which no operation uses', async (method) => {
    const answer = await wire.send(method, TEST)
    expect([answer.status, codeIn(answer), answer.headers.allow]).toEqual([405, 'method_not_allowed', 'GET, POST, PUT'])
  })

  test('every bad field is named, and no value is repeated', async () => {
    const bad = { operationId: 7, backend: { ...BACKEND, secrets: { password: { canary: 'not-a-real-secret' } } } }
    const answer = await wire.send('POST', TEST, JSON.stringify(bad))
    const { error } = JSON.parse(answer.text)
    expect(error.fields.map((problem: { field: string }) => problem.field)).toEqual([
      'operationId',
      'backend.secrets.password',
    ])
    expect(answer.text).not.toContain('not-a-real-secret')
  })

  test('a body of another type', async () => {
    const answer = await wire.send('POST', TEST, REQUEST, { headers: { 'content-type': 'text/plain' } })
    expect([answer.status, codeIn(answer)]).toEqual([400, 'invalid_input'])
  })

  test('a body that says it is too long is refused unread', async () => {
    const answer = await wire.send('POST', TEST, Buffer.alloc(AGENT_LIMITS.bodyBytes + 1, ' '))
    expect([answer.status, codeIn(answer)]).toEqual([413, 'payload_too_large'])
  })

  test('a body that turns out too long is refused too, and the connection ends', async () => {
    const outcome = await wire
      .send('POST', TEST, Buffer.alloc(AGENT_LIMITS.bodyBytes * 4, ' '), {
        headers: { 'transfer-encoding': 'chunked' },
      })
      .then(
        (answer) => `${answer.status} ${answer.headers.connection}`,
        (error: NodeJS.ErrnoException) => String(error.code),
      )
    expect(outcome).toBe('413 close')
    expect((await wire.send('GET', '/v1/info')).status).toBe(200)
  })

  test('headers beyond every measure', async () => {
    const outcome = await wire.send('GET', '/v1/info', undefined, { headers: { 'x-long': 'x'.repeat(40_000) } }).then(
      (answer) => answer.status,
      () => 'cut',
    )
    expect([400, 431, 'cut']).toContain(outcome)
  })
})

describe('a stream', () => {
  test('carries log and steps, and ends with the result', async () => {
    const step = { id: 'tcp', title: 'Connect', status: 'passed', durationMs: 3 } as const
    wire.testBackend = async (_request, call) => {
      call.log('Looking at it')
      call.step(step)
      return { success: true, steps: [step], usage: null }
    }
    const answer = await wire.send('POST', TEST, REQUEST)
    expect(answer.headers['content-type']).toBe('application/x-ndjson')
    expect(lines(answer).map((line) => line.type)).toEqual(['log', 'step', 'result'])
  })

  test('ends with the error, its problem and its details', async () => {
    wire.testBackend = async () => {
      throw new HoldfastError('backend_unreachable', 'No answer.', {
        details: { problem: 'tcp.refused', errno: 'ECONNREFUSED' },
      })
    }
    expect(lines(await wire.send('POST', TEST, REQUEST)).at(-1)).toEqual({
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
    wire.testBackend = async () => {
      throw new Error('stderr: not-a-real-secret')
    }
    const answer = await wire.send('POST', TEST, REQUEST)
    expect(lines(answer).at(-1)).toMatchObject({ type: 'error', error: { code: 'internal' } })
    expect(answer.text).not.toContain('not-a-real-secret')
  })

  test('a flood of log lines to a reader that does not read is dropped, the result is not', async () => {
    wire.testBackend = async (_request, call) => {
      for (let i = 0; i < 20_000; i++) call.log(`${i} ${'x'.repeat(1000)}`)
      return { success: true, steps: [], usage: null }
    }
    const before = process.memoryUsage().rss
    const answer = await wire.send('POST', TEST, REQUEST)
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024)
    const all = lines(answer)
    expect(all.length).toBeLessThan(15_000)
    expect(all.at(-2)).toMatchObject({ type: 'log', message: expect.stringMatching(/lines were left out/) })
    expect(all.at(-1)).toMatchObject({ type: 'result' })
  })

  test('a caller that leaves is noticed', async () => {
    const { promise: noticed, resolve } = Promise.withResolvers<void>()
    const { promise: started, resolve: onStart } = Promise.withResolvers<void>()
    wire.testBackend = (_request, call) => {
      onStart()
      call.disconnected.addEventListener('abort', () => resolve())
      return noticed.then(() => ({ success: false, steps: [], usage: null }))
    }
    const abort = new AbortController()
    const answer = wire.send('POST', TEST, REQUEST, { signal: abort.signal }).catch(() => 'gone')
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
  wire.testBackend = async () => {
    if (++running === 32) onFull()
    await release
    return { success: true, steps: [], usage: null }
  }
  const all = Array.from({ length: 32 }, () => wire.send('POST', TEST, REQUEST))
  await full
  const refused = await wire.send('POST', TEST, REQUEST)
  expect([refused.status, codeIn(refused), refused.headers['retry-after']]).toEqual([429, 'rate_limited', '1'])
  resolve()
  for (const answer of await Promise.all(all)) expect(answer.status).toBe(200)
  expect((await wire.send('GET', '/v1/info')).status).toBe(200)
})

describe('status', () => {
  test('starts with the time and answers 304 while nothing has changed', async () => {
    const first = await wire.send('GET', VERBS.status.path)
    expect(first.text).toMatch(/^\{"now":"\d{4}-/)
    const headers = { 'if-none-match': String(first.headers.etag) }
    const second = await wire.send('GET', VERBS.status.path, undefined, { headers })
    expect([second.status, second.text]).toEqual([304, ''])
    expect(second.headers.date).toBeDefined()
    await wire.applyMount(testId('mount', 'etag'))
    expect((await wire.send('GET', VERBS.status.path, undefined, { headers })).status).toBe(200)
  })
})

test('an id that is none is refused before any work, with the name of its field', async () => {
  const backend = { ...BACKEND, id: '../../etc' }
  const { status, text } = await wire.send('POST', TEST, JSON.stringify({ operationId: '-x', backend }))
  expect(status).toBe(400)
  const { error } = JSON.parse(text)
  expect(error.fields.map(({ field }: { field: string }) => field)).toEqual(['operationId', 'backend.id'])
  expect(text).not.toContain('../../etc')
})
