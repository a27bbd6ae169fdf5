import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { GET as readDeliveries } from '@/app/api/v1/notifiers/[id]/deliveries/route'
import { PATCH as change, GET as readOne, DELETE as remove } from '@/app/api/v1/notifiers/[id]/route'
import { POST as test } from '@/app/api/v1/notifiers/[id]/test/route'
import { POST as create, GET as readAll } from '@/app/api/v1/notifiers/route'
import { setProcessBus } from '@/lib/events/process-bus'
import { list } from '@/lib/http/envelope'
import { DeliveryView, NotifierView } from '@/lib/notifiers/schema'
import { useTestApi } from '@/testing/api'
import { testDatabases } from '@/testing/database'
import { startTestFleet, type TestFleet } from '@/testing/fleet'
import { webReceiver } from '@/testing/notifiers/receivers'

const KEY = 'canary-signing-key-of-a-test'

testDatabases('notifiers', (database) => {
  const api = useTestApi(database)
  let fleet: TestFleet
  beforeAll(async () => {
    fleet = await startTestFleet(database, { notifierNetworks: ['127.0.0.0/8'] })
    setProcessBus(fleet.bus)
  })
  afterAll(() => fleet.stop())

  const post = (body: object) => api.call('admin', create, 'POST', { body })
  const patch = (id: string, body: object, headers = {}) =>
    api.call('admin', change, 'PATCH', { params: { id }, body, headers })
  const tried = (id: string, headers = {}) => api.call('admin', test, 'POST', { params: { id }, headers })
  async function receiving() {
    const receiver = await webReceiver()
    onTestFinished(() => receiver.close())
    return receiver
  }

  it('are made, listed, changed and deleted, and never show a secret', async () => {
    const config = { url: 'https://hooks.example.com/in?x=1', signing_key: KEY }
    const made = await post({ name: 'On call', type: 'webhook', config, rules: { min_severity: 'critical' } })
    expect(made.status).toBe(201)
    const { id } = made.data(NotifierView)
    expect(made.data(NotifierView)).toMatchObject({
      id: expect.stringMatching(/^ntf_/),
      target: 'hooks.example.com/in',
      enabled: true,
      config: { url: config.url },
      secrets: { signing_key: { has_secret: true }, token: { has_secret: false } },
      rules: { min_severity: 'critical', kinds: null, after_minutes: 0, remind_hours: null, quiet_hours: null },
      sent_at: null,
      failed_since: null,
      waiting: 0,
    })
    expect(made.text).not.toContain(KEY)
    const all = list(NotifierView).parse((await api.call('operator', readAll, 'GET')).body)
    expect(all).toMatchObject({ total: 1, data: [{ id }] })
    expect((await post({ name: 'On call', type: 'webhook', config })).status).toBe(409)
    const renamed = await patch(id, { name: 'Night', enabled: false }, { 'if-match': made.headers.get('etag') ?? '' })
    expect(renamed.data(NotifierView)).toMatchObject({
      name: 'Night',
      enabled: false,
      secrets: { signing_key: { has_secret: true } },
    })
    expect((await patch(id, { name: 'x' }, { 'if-match': made.headers.get('etag') ?? '' })).status).toBe(412)
    const audited = await database.prisma.auditEntry.findMany({ where: { targetId: id } })
    expect(audited.map(({ action }) => action)).toEqual(['notifier.created', 'notifier.updated'])
    expect(JSON.stringify(audited)).not.toContain(KEY)
    expect((await api.call('admin', remove, 'DELETE', { params: { id } })).status).toBe(200)
    expect((await api.call('admin', readOne, 'GET', { params: { id } })).status).toBe(404)
  })

  it('name each setting that is wrong, and ask again for a secret that would go elsewhere', async () => {
    const bad = await post({ name: 'x', type: 'webhook', config: { url: 'ftp://x', signing_key: 'short', more: 1 } })
    expect(
      bad
        .problem()
        .fields?.map(({ field }) => field)
        .sort(),
    ).toEqual(['config.more', 'config.signing_key', 'config.url'])
    const unready = await post({ name: 'x', type: 'slack', config: { channel: '#x' } })
    expect(unready.problem().fields).toEqual([{ field: 'config.url', message: 'This field is required.' }])
    expect((await post({ name: 'x', type: 'pigeon', config: {} })).problem().fields?.[0]?.field).toBe('type')
    for (const url of ['http://169.254.169.254/latest', 'https://user:word@example.com/', 'https://a.example/#b'])
      expect((await post({ name: 'x', type: 'webhook', config: { url } })).status, url).toBe(400)
    const made = await post({ name: 'moved', type: 'webhook', config: { url: 'https://a.example/', signing_key: KEY } })
    const { id } = made.data(NotifierView)
    const moved = (await patch(id, { config: { url: 'https://b.example/' } })).problem()
    expect(moved.fields?.[0]).toMatchObject({
      field: 'config.signing_key',
      message: expect.stringContaining('Address changed from https://a.example/ to https://b.example/'),
    })
    const entered = await patch(id, { config: { url: 'https://b.example/', signing_key: `${KEY}-2` } })
    expect(entered.data(NotifierView).secrets.signing_key?.fingerprint).not.toBe(
      made.data(NotifierView).secrets.signing_key?.fingerprint,
    )
    const cleared = await patch(id, { config: { url: 'https://c.example/', signing_key: null } })
    expect(cleared.data(NotifierView).secrets.signing_key?.has_secret).toBe(false)
  })

  it('show what the receiver answers to a test, with the secrets as they were entered, also while switched off', async () => {
    const receiver = await receiving()
    const config = { url: `http://127.0.0.1:${receiver.port}/`, signing_key: KEY, token: 'canary-token' }
    const made = await post({ name: 'tried', type: 'webhook', enabled: false, config })
    const { id } = made.data(NotifierView)
    const answer = (await tried(id)).data(DeliveryView)
    expect(answer).toMatchObject({ event: 'test', status: 'sent', attempts: 1, answer: 'HTTP 200: {"ok":true}' })
    expect(receiver.arrived[0]?.headers).toMatchObject({
      authorization: 'Bearer canary-token',
      'webhook-id': answer.id,
      'webhook-signature': expect.stringMatching(/^v1,/),
    })
    receiver.mode = 'refuses'
    const refused = (await tried(id)).data(DeliveryView)
    // A server that repeats what it was sent.
    expect(refused).toMatchObject({
      status: 'failed',
      attempts: 1,
      answer: expect.stringContaining('HTTP 403: not for /'),
    })
    expect(refused.answer).not.toContain('canary-token')
    const state = (await api.call('admin', readOne, 'GET', { params: { id } })).data(NotifierView)
    expect(state).toMatchObject({ failed_since: expect.any(String), last_error: refused.answer, waiting: 0 })
    const page = await api.call('operator', readDeliveries, 'GET', { params: { id }, query: 'limit=1' })
    expect(list(DeliveryView).parse(page.body)).toMatchObject({ total: 2, data: [{ status: 'failed' }] })
    const sent = await api.call('operator', readDeliveries, 'GET', { params: { id }, query: 'status=sent' })
    expect(list(DeliveryView).parse(sent.body)).toMatchObject({ total: 1, data: [{ id: answer.id }] })
    expect(JSON.stringify(fleet.logged)).not.toContain('canary-')
  })

  it('open no secret for another place than it was entered for, even when the database says so', async () => {
    const receiver = await receiving()
    const made = await post({
      name: 'turned',
      type: 'webhook',
      config: { url: 'https://a.example/', token: 'canary-token' },
    })
    const { id } = made.data(NotifierView)
    const url = `http://127.0.0.1:${receiver.port}/`
    await database.prisma.notifier.update({ where: { id }, data: { config: { url } } })
    expect((await tried(id)).data(DeliveryView)).toMatchObject({
      status: 'failed',
      answer: `The stored secret "token" is not sent there: Address changed from https://a.example/ to ${url}. Enter it again.`,
    })
    expect(receiver.arrived).toEqual([])
  })
})
