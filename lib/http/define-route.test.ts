import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { GET as noRoute } from '@/app/api/[...path]/route'
import { HoldfastError } from '@/lib/errors'
import { defineRoute } from '@/lib/http/define-route'
import { single } from '@/lib/http/envelope'
import { MAX_BODY_BYTES, readPrefer } from '@/lib/http/request'
import { useTestApi } from '@/testing/api'
import { testDatabases } from '@/testing/database'

let made = 0
let gate: Promise<void> = Promise.resolve()
const Thing = z.strictObject({ name: z.string(), config: z.strictObject({ size: z.number().optional() }).optional() })

const create = defineRoute({
  permission: 'backends.write',
  summary: 'Make a thing.',
  body: Thing,
  response: single(z.object({ number: z.int(), name: z.string() })),
  status: 201,
  handle: async ({ body }) => {
    await gate
    if (body.name === 'taken') throw new HoldfastError('conflict', 'taken', { details: { used_by: [] } })
    if (body.name === 'crash') throw new Error('the password is hunter2')
    made++
    return { body: { data: { number: made, name: body.name } }, etag: '"1"', location: `/things/${made}` }
  },
})
const leaky = defineRoute({
  permission: 'public',
  summary: 'Answers more than it declares.',
  response: single(z.object({ shown: z.boolean() })),
  handle: async () => {
    const data = { shown: true, secret: 'x' }
    return { body: { data } }
  },
})
const secret = defineRoute({
  permission: 'backends.write',
  summary: 'Shows a secret once.',
  response: single(z.object({ token: z.string() })),
  hasSecretAnswer: true,
  handle: async () => ({ body: { data: { token: `hf_canary_${++made}` } } }),
})

it('does not compile without a permission', () => {
  // @ts-expect-error: whoever may call it must be said, even when it is everybody.
  const route = defineRoute({ summary: 'x', response: z.object({}), handle: async () => ({ body: {} }) })
  expect(route.declaration.permission).toBeUndefined()
})

it('answers paths that are no route with a problem', async () => {
  const answer = await noRoute(new Request('http://x.test/api/v1/storage/bakends'))
  expect(answer.status).toBe(404)
  expect(await answer.json()).toMatchObject({ code: 'not_found', detail: expect.stringContaining('bakends') })
})

it('reads Prefer', () => {
  expect(readPrefer('wait=10')).toEqual({ waitMs: 10_000, isAsync: false })
  expect(readPrefer('respond-async, wait=600')).toEqual({ waitMs: 30_000, isAsync: true })
  expect(readPrefer('return=minimal')).toEqual({ waitMs: null, isAsync: false })
})

testDatabases('defineRoute', (database) => {
  const api = useTestApi(database)
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    api.call('operator', create, 'POST', { body, headers })

  it('answers with the declared status and headers', async () => {
    const answer = await post({ name: 'a' })
    expect(answer.status).toBe(201)
    expect(answer.headers.get('etag')).toBe('"1"')
    expect(answer.headers.get('location')).toMatch(/^\/things\//)
    expect(answer.headers.get('x-request-id')).toMatch(/^req_/)
  })

  it('names every bad field, in words', async () => {
    const answer = await post({ config: { size: 'big', colour: 1 } })
    expect(answer.status).toBe(400)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(answer.problem()).toMatchObject({
      type: 'urn:holdfast:error:invalid_input',
      fields: [
        { field: 'name', message: 'This field is required.' },
        { field: 'config.size', message: 'Must be a number.' },
        { field: 'config.colour', message: expect.stringMatching(/not known here.* Known are size\.$/) },
      ],
      requestId: answer.headers.get('x-request-id'),
    })
  })

  it('refuses bodies that are no JSON, not declared as JSON, or too large', async () => {
    expect((await post({ name: 'x' }, { 'content-type': 'text/plain' })).status).toBe(415)
    expect((await post({ name: 'x'.repeat(MAX_BODY_BYTES) })).status).toBe(413)
    const headers = { authorization: `Bearer ${await api.token('operator')}`, 'content-type': 'application/json' }
    const broken = await create(new Request('http://x.test/api', { method: 'POST', body: '{', headers }))
    expect(broken.status).toBe(400)
    // Without a Content-Length the size is only known while reading.
    const stream = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024).fill(32)),
    })
    const endless = { method: 'POST', body: stream, headers, duplex: 'half' } as RequestInit
    expect((await create(new Request('http://x.test/api', endless))).status).toBe(413)
  })

  it('lets no role and nobody without the permission through, before reading the body', async () => {
    const nobody = await api.call('nobody', create, 'POST', { body: { name: 1 } })
    expect(nobody.status).toBe(401)
    expect(nobody.headers.get('www-authenticate')).toContain('Bearer')
    expect((await api.call('viewer', create, 'POST', { body: { name: 1 } })).status).toBe(403)
  })

  it('refuses other sites that use a browser session', async () => {
    const browser = await api.browser('operator')
    const from = (headers: Record<string, string>) =>
      api.call({ ...browser, headers: { cookie: browser.headers.cookie ?? '', ...headers } }, create, 'POST', {
        body: { name: 'b' },
      })
    expect((await from({ origin: api.env.publicUrl })).status).toBe(201)
    expect((await from({ origin: 'http://nas.lan:3000', host: 'nas.lan:3000' })).status).toBe(201)
    expect((await from({ 'sec-fetch-site': 'same-origin' })).status).toBe(201)
    for (const headers of [
      {},
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: `${api.env.publicUrl}.evil.example` },
      { 'sec-fetch-site': 'same-site' },
    ]) {
      expect((await from(headers)).status, JSON.stringify(headers)).toBe(403)
    }
    // A token is no browser: no origin is needed.
    expect((await post({ name: 'c' })).status).toBe(201)
  })

  it('shows and logs nothing of an unexpected failure but its request id in the answer', async () => {
    const answer = await post({ name: 'crash' })
    expect(answer.status).toBe(500)
    expect(answer.text).not.toContain('hunter2')
    expect(api.logged.some((line) => line.includes(answer.problem().requestId))).toBe(true)
  })

  it('refuses in tests what an answer does not declare', async () => {
    expect((await api.call('nobody', leaky, 'GET')).status).toBe(500)
  })

  it('carries a request with an Idempotency-Key out once', async () => {
    const headers = { 'idempotency-key': 'first' }
    const before = made
    const first = await post({ name: 'once' }, headers)
    const again = await post({ name: 'once' }, headers)
    expect(again.text).toBe(first.text)
    expect(again.status).toBe(201)
    expect(again.headers.get('location')).toBe(first.headers.get('location'))
    expect(again.headers.get('idempotency-replayed')).toBe('true')
    expect(made).toBe(before + 1)
    expect((await post({ name: 'other' }, headers)).status).toBe(422)
    // Another caller's key of the same name is another key.
    await api.call('admin', create, 'POST', { body: { name: 'once' }, headers })
    expect(made).toBe(before + 2)
  })

  it('keeps of a body nothing by which a password in it could be guessed', async () => {
    const body = { name: 'hunter2' }
    await post(body, { 'idempotency-key': 'guess' })
    const plain = createHash('sha256').update(JSON.stringify(body)).digest('hex')
    const kept = await database.prisma.idempotencyKey.findMany()
    expect(kept.length).toBeGreaterThan(0)
    expect(kept.map(({ requestHash }) => requestHash)).not.toContain(plain)
    expect((await post(body, { 'idempotency-key': 'guess' })).headers.get('idempotency-replayed')).toBe('true')
  })

  it('refuses a repetition while the first still runs, and forgets failures', async () => {
    let open = () => {}
    gate = new Promise((resolve) => {
      open = resolve
    })
    const headers = { 'idempotency-key': 'slow' }
    const first = post({ name: 'slow' }, headers)
    await expect.poll(() => database.prisma.idempotencyKey.count({ where: { status: null } })).toBe(1)
    expect((await post({ name: 'slow' }, headers)).problem().code).toBe('operation_in_progress')
    open()
    expect((await first).status).toBe(201)

    const failing = { 'idempotency-key': 'failing' }
    expect((await post({ name: 'taken' }, failing)).status).toBe(409)
    expect((await post({ name: 'free' }, failing)).status).toBe(201)
  })

  it('never stores an answer that holds a secret', async () => {
    const options = { headers: { 'idempotency-key': 'secret' }, body: {} }
    const first = await api.call('operator', secret, 'POST', options)
    expect(first.text).toContain('hf_canary_')
    expect((await api.call('operator', secret, 'POST', options)).status).toBe(409)
    expect(JSON.stringify(await database.prisma.idempotencyKey.findMany())).not.toContain('hf_canary_')
  })
})
