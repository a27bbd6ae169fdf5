import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GET as readDeliveries } from '@/app/api/v1/notifiers/[id]/deliveries/route'
import { GET as readOne } from '@/app/api/v1/notifiers/[id]/route'
import { POST as test } from '@/app/api/v1/notifiers/[id]/test/route'
import { POST as create } from '@/app/api/v1/notifiers/route'
import { GET as readHeartbeat, PUT as setHeartbeat } from '@/app/api/v1/system/heartbeat/route'
import { DemoApi } from '@/demo/api'
import { type DemoReceiver, fillDeliveries, makeHeartbeat, makeNotifiers, startReceiver } from '@/demo/notifiers'
import { fillPastAlerts } from '@/demo/past-alerts'
import { setProcessBus } from '@/lib/events/process-bus'
import { HeartbeatView } from '@/lib/heartbeat/schema'
import { list } from '@/lib/http/envelope'
import { DeliveryView, NotifierView } from '@/lib/notifiers/schema'
import { useTestApi } from '@/testing/api'
import { useTestDatabase } from '@/testing/database'
import { makeBackend, makeHost } from '@/testing/factories'
import { startTestFleet, type TestFleet } from '@/testing/fleet'
import { waitFor } from '@/testing/wait'

describe('the demo', () => {
  const database = useTestDatabase()
  const api = useTestApi(database)
  let fleet: TestFleet
  let receiver: DemoReceiver
  beforeAll(async () => {
    fleet = await startTestFleet(database, { notifierNetworks: ['127.0.0.1'] })
    setProcessBus(fleet.bus)
    receiver = await startReceiver()
  })
  afterAll(async () => {
    await receiver.stop()
    await fleet.stop()
  })

  it('has notifiers that send, one that waits and one that fails, and what they have sent', async () => {
    const { prisma } = database
    for (let at = 0; at < 8; at++) await Promise.all([makeHost(prisma), makeBackend(prisma)])
    await fillPastAlerts(prisma, new Date())
    const send = async (_url: string, { method, body: text }: RequestInit) => {
      const body = JSON.parse(String(text))
      const answer = await (method === 'PUT'
        ? api.call('admin', setHeartbeat, 'PUT', { body })
        : api.call('admin', create, 'POST', { body }))
      return new Response(answer.text, { status: answer.status })
    }
    const demo = new DemoApi('http://demo', 'token', send)
    const notifiers = await makeNotifiers(demo, receiver)
    await fillDeliveries(prisma, notifiers, new Date())
    const [onCall = '', second = '', mail = ''] = notifiers.map(({ id }) => id)
    const deliveries = async (id: string) =>
      list(DeliveryView).parse((await api.call('admin', readDeliveries, 'GET', { params: { id } })).body).data
    expect((await deliveries(onCall)).map(({ event, status }) => `${event} ${status}`)).toEqual(
      new Array(4).fill(['cleared sent', 'opened sent']).flat(),
    )
    expect(await deliveries(second)).toEqual([])
    expect(await deliveries(mail)).toMatchObject([{ status: 'failed', attempts: 11 }])
    const state = (await api.call('admin', readOne, 'GET', { params: { id: mail } })).data(NotifierView)
    expect(state).toMatchObject({
      failed_since: expect.any(String),
      last_error: expect.stringContaining('ECONNREFUSED'),
    })
    const tried = (id: string) => api.call('admin', test, 'POST', { params: { id } })
    expect((await tried(onCall)).data(DeliveryView)).toMatchObject({
      status: 'sent',
      answer: 'HTTP 200: {"status":"queued"}',
    })
    expect((await tried(mail)).data(DeliveryView)).toMatchObject({ status: 'failed', answer: state.last_error })
    await makeHeartbeat(demo, receiver)
    const heartbeat = async () => (await api.call('admin', readHeartbeat, 'GET')).data(HeartbeatView)
    await waitFor('a ping', async () => (await heartbeat()).taken_at !== null)
  })
})
