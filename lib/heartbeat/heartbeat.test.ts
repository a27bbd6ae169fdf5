import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { GET as get, PUT as put, DELETE as remove } from '@/app/api/v1/system/heartbeat/route'
import { POST as ping } from '@/app/api/v1/system/heartbeat/test/route'
import { systemActor } from '@/lib/auth/actor'
import { forgetLostSecrets } from '@/lib/backends/lost-secrets'
import { keyIdOf } from '@/lib/db/sealed-secrets'
import { setProcessBus } from '@/lib/events/process-bus'
import { HeartbeatView } from '@/lib/heartbeat/schema'
import { useTestApi } from '@/testing/api'
import { testDatabases } from '@/testing/database'
import { startTestFleet, type TestFleet } from '@/testing/fleet'
import { webReceiver } from '@/testing/notifiers/receivers'
import { waitFor } from '@/testing/wait'

const CANARY = 'canary-of-a-ping'

testDatabases("a dead-man's switch", (database) => {
  const api = useTestApi(database)
  let fleet: TestFleet
  beforeAll(async () => {
    // Nothing but what is asked for wakes it.
    fleet = await startTestFleet(database, { notifierNetworks: ['127.0.0.0/8'], heartbeat: { everyMs: 3_600_000 } })
    setProcessBus(fleet.bus)
  })
  afterAll(() => fleet.stop())

  const set = (body: object, who: 'admin' | 'operator' = 'admin') => api.call(who, put, 'PUT', { body })
  const stored = async () => (await api.call('operator', get, 'GET')).data(HeartbeatView.nullable())

  it('is set, pinged at once, tried by hand, changed and removed, and never shows its address', async () => {
    expect(await stored()).toBeNull()
    expect((await set({})).problem().fields).toEqual([{ field: 'url', message: 'This field is required.' }])
    expect((await api.call('admin', ping, 'POST')).status).toBe(404)
    const receiver = await webReceiver()
    onTestFinished(() => receiver.close())
    const url = `http://127.0.0.1:${receiver.port}/${CANARY}`
    expect((await set({ url }, 'operator')).status).toBe(403)
    const made = await set({ url, every_minutes: 5 })
    expect(made.data(HeartbeatView)).toMatchObject({
      target: `127.0.0.1:${receiver.port}`,
      every_minutes: 5,
      enabled: true,
    })
    await waitFor('the first ping', async () => (await stored())?.taken_at !== null)
    expect(receiver.arrived).toMatchObject([{ method: 'GET', path: `/${CANARY}` }])

    receiver.mode = 'refuses'
    const refused = (await api.call('admin', ping, 'POST')).data(HeartbeatView)
    expect(refused).toMatchObject({ failed_since: expect.any(String), answer: expect.stringContaining('HTTP 403') })
    receiver.mode = 'takes'
    // The address stays; what is switched off misses nothing.
    const changed = (await set({ every_minutes: 10, enabled: false })).data(HeartbeatView)
    expect(changed).toMatchObject({
      every_minutes: 10,
      enabled: false,
      next_at: null,
      fingerprint: refused.fingerprint,
    })
    expect(changed.failed_since).toBeNull()
    const taken = (await api.call('admin', ping, 'POST')).data(HeartbeatView)
    expect(taken).toMatchObject({ failed_since: null, answer: 'HTTP 200: {"ok":true}' })

    // Of another address nothing is known yet.
    const other = (await set({ url: `${url}-2`, enabled: false })).data(HeartbeatView)
    expect(other).toMatchObject({ taken_at: null, answer: null })
    expect(other.fingerprint).not.toBe(refused.fingerprint)
    expect((await api.call('admin', remove, 'DELETE')).status).toBe(200)
    expect((await api.call('admin', remove, 'DELETE')).status).toBe(404)
    const audited = await database.prisma.auditEntry.findMany({ where: { targetId: 'heartbeat' } })
    expect(new Set(audited.map(({ action }) => action))).toEqual(
      new Set(['heartbeat.set', 'heartbeat.tested', 'heartbeat.removed']),
    )
    const all = JSON.stringify([audited, fleet.logged, made.text, refused, changed, taken])
    expect(all).not.toContain(CANARY)
  })

  it('refuses what is no address, and goes with the key that opens it', async () => {
    for (const url of ['ftp://x', 'https://user:word@example.com/', 'http://169.254.169.254/'])
      expect((await set({ url })).status, url).toBe(400)
    for (const every_minutes of [0, 61, 1.5])
      expect((await set({ url: 'https://a.example/', every_minutes })).status).toBe(400)
    expect((await set({ url: 'https://a.example/', enabled: false })).status).toBe(200)
    const { sealed } = await database.prisma.heartbeat.findFirstOrThrow()
    expect(await forgetLostSecrets(systemActor('controller'), new Set([keyIdOf(sealed)]))).toBe(0)
    expect(await stored()).not.toBeNull()
    expect(await forgetLostSecrets(systemActor('controller'), new Set(['another']))).toBe(1)
    expect(await stored()).toBeNull()
  })
})
