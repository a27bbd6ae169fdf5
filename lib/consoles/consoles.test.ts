import { deflateSync } from 'node:zlib'
import { expect, it, vi } from 'vitest'
import { z } from 'zod'
import { DELETE as endRoute } from '@/app/api/v1/consoles/[id]/route'
import { GET as listRoute, POST as openRoute } from '@/app/api/v1/consoles/route'
import { GET as serialLogRoute } from '@/app/api/v1/consoles/serial-log/route'
import { DELETE as revokeSession } from '@/app/api/v1/sessions/[id]/route'
import { CLOSE_CODES } from '@/lib/consoles/closing'
import { ConsoleTicketView, ConsoleView, LOST_AFTER_MS, SerialLogView } from '@/lib/consoles/schema'
import { endLostConsoles } from '@/lib/controller/consoles/lost-consoles'
import { type TestBrowser, useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import { type ScreenViewer, useScreenViewers } from '@/testing/screen-viewers'
import { waitFor } from '@/testing/wait'

vi.setConfig({ testTimeout: 60_000 })

const MACHINE = '6a1c7e52-0f6e-4b51-9d3e-6f0b1a2c3d4e'

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

testDatabases('screens of machines', (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)
  const { connect, ticket, greets } = useScreenViewers(api, MACHINE)
  const audited = (id: string, action: string) =>
    database.prisma.auditEntry
      .findMany({ where: { targetId: MACHINE, action } })
      .then((rows) => rows.find(({ change }) => (change as { console: string }).console === id))

  it('carries the bytes both ways, once per ticket, to whoever it was made for', async () => {
    const agent = await fleet().addHost()
    const [who, other] = [await api.browser('operator'), await api.browser('operator')]
    const made = await ticket(who, agent.hostId)
    expect(JSON.stringify(await database.prisma.console.findMany())).not.toContain(made.ticket)
    // Of somebody else, of another page, of no page.
    expect(await connect(other, made).closed).toEqual({ status: 401 })
    const elsewhere = { headers: { ...who.headers, origin: 'https://evil.test' } }
    expect(await connect(elsewhere, made).closed).toEqual({ status: 401 })
    expect(await connect({ headers: { cookie: who.headers.cookie ?? '' } }, made).closed).toEqual({ status: 401 })
    expect(await connect({ headers: { origin: who.headers.origin ?? '' } }, made).closed).toEqual({ status: 401 })

    const viewers = Array.from({ length: 4 }, () => connect(who, made))
    await waitFor('one viewer', () => viewers.filter((one) => one.said() !== '').length === 1)
    const viewer = viewers.find((one) => one.said() !== '') as ScreenViewer
    for (const one of viewers) if (one !== viewer) expect(await one.closed).toEqual({ status: 401 })
    expect(viewer.socket.protocol).toBe('holdfast-screen')
    await greets(viewer)
    const { socket } = viewer
    for (const bytes of ['RFB 003.008\n', '\x01', '\x01']) socket.send(Buffer.from(bytes, 'latin1'))
    socket.send(Buffer.from([4, 1, 0, 0, 0, 0, 0, 0x61]))
    const screen = agent.simulatedScreens.of(MACHINE)
    await waitFor('the key', () => screen.keys.length === 1)
    expect(screen.keys).toEqual([0x61])
    const open = (await api.call(who, listRoute, 'GET')).data(z.array(ConsoleView))
    expect(open).toMatchObject([{ id: made.id, machine: MACHINE, is_own: true, ended_at: null }])
    expect(await audited(made.id, 'console.opened')).toMatchObject({ actorId: who.userId, result: 'success' })

    socket.close()
    await waitFor('the end at the machine', () => screen.viewers === 0)
    const entry = await waitFor('the entry', () => audited(made.id, 'console.closed'))
    expect(entry).toMatchObject({ actorId: who.userId, change: { reason: 'viewer', seconds: expect.any(Number) } })
    expect(await connect(who, made).closed).toEqual({ status: 401 })
  })

  it('hands on nothing of what is typed where it is for looking only', async () => {
    const agent = await fleet().addHost()
    const who = await api.browser('operator')
    const body = { host_id: agent.hostId, machine: MACHINE, view_only: true }
    const made = (await api.call(who, openRoute, 'POST', { body })).data(ConsoleTicketView)
    const viewer = connect(who, made)
    await greets(viewer)
    for (const bytes of ['RFB 003.008\n', '\x01', '\x01']) viewer.socket.send(Buffer.from(bytes, 'latin1'))
    viewer.socket.send(Buffer.from([4, 1, 0, 0, 0, 0, 0, 0x61]))
    // A picture that was asked for behind the key: by then the key would have arrived.
    const before = viewer.said().length
    viewer.socket.send(Buffer.from([3, 0, 0, 0, 0, 0, 4, 0, 3, 0]))
    await waitFor('a picture', () => viewer.said().length > before + 10_000)
    expect(agent.simulatedScreens.of(MACHINE).keys).toEqual([])
    viewer.socket.close()
  })

  it.each([
    ['operator', [0x10000001]],
    ['admin', [0x10000001, 0x02000001]],
  ] as const)(
    'takes what %s pastes, and asks the machine for its clipboard only for who may know',
    async (role, handedOn) => {
      const agent = await fleet().addHost()
      const who = await api.browser(role)
      const made = await ticket(who, agent.hostId)
      const viewer = connect(who, made)
      await greets(viewer)
      const text = Buffer.from('Grüße')
      const content = Buffer.concat([
        Buffer.from([0x10, 0, 0, 1]),
        deflateSync(Buffer.concat([uint32(text.length), text])),
      ])
      for (const bytes of ['RFB 003.008\n', '\x01', '\x01']) viewer.socket.send(Buffer.from(bytes, 'latin1'))
      for (const about of [content, Buffer.from([2, 0, 0, 1])]) {
        viewer.socket.send(Buffer.concat([Buffer.from([6, 0, 0, 0]), uint32(-about.length), about]))
      }
      viewer.socket.send(Buffer.from([4, 1, 0, 0, 0, 0, 0, 0x61]))
      const screen = agent.simulatedScreens.of(MACHINE)
      await waitFor('the key behind it', () => screen.keys.length === 1)
      expect(screen.clipboard).toEqual(handedOn)
      const notes = () => fleet().audited.filter(({ change }) => change.console === made.id)
      await waitFor('the entries', () => notes().length === handedOn.length)
      // printf Grüße | sha256sum
      expect(notes()[0]).toMatchObject({ action: 'console.pasted', change: { bytes: 7, sha256: 'f83e0397' } })
      expect(notes().some(({ action }) => action === 'console.copied')).toBe(role === 'admin')
      viewer.socket.close()
    },
  )

  it('hands on nothing of a clipboard that its machine keeps to itself, from within 5 s of that', async () => {
    const agent = await fleet().addHost()
    const who = await api.browser('admin')
    const machine = '7b1c7e52-0f6e-4b51-9d3e-6f0b1a2c3d4e'
    const speak = (viewer: ScreenViewer) => {
      for (const bytes of ['RFB 003.008\n', '\x01', '\x01']) viewer.socket.send(Buffer.from(bytes, 'latin1'))
      const text = deflateSync(Buffer.concat([uint32(1), Buffer.from('a')]))
      for (const about of [Buffer.concat([Buffer.from([0x10, 0, 0, 1]), text]), Buffer.from([2, 0, 0, 1])]) {
        viewer.socket.send(Buffer.concat([Buffer.from([6, 0, 0, 0]), uint32(-about.length), about]))
      }
      viewer.socket.send(Buffer.from([4, 1, 0, 0, 0, 0, 0, 0x61]))
    }
    const screen = agent.simulatedScreens.of(machine)
    const before = connect(who, await ticket(who, agent.hostId, machine))
    await greets(before)
    speak(before)
    await waitFor('the key behind it', () => screen.keys.length === 1)
    expect(screen.clipboard).toEqual([0x10000001, 0x02000001])

    const from = performance.now()
    await database.prisma.consoleSetting.create({
      data: { workloadId: 'wl_x', hostId: agent.hostId, machine, clipboardToPerson: false, clipboardToMachine: false },
    })
    expect(await before.closed).toMatchObject({ code: CLOSE_CODES.changed })
    expect(performance.now() - from).toBeLessThan(5_000)

    const after = connect(who, await ticket(who, agent.hostId, machine))
    await greets(after)
    speak(after)
    await waitFor('the key behind it', () => screen.keys.length === 2)
    expect(screen.clipboard).toHaveLength(2)
    after.socket.close()
  })

  it('carries a serial console, to one reader at a time, and reads the log that libvirt keeps', async () => {
    const agent = await fleet().addHost()
    const who = await api.browser('operator')
    const open = async (body: object = {}) => {
      const asked = { host_id: agent.hostId, machine: MACHINE, kind: 'serial', ...body }
      return (await api.call(who, openRoute, 'POST', { body: asked })).data(ConsoleTicketView)
    }
    const mixed = await open()
    const asScreen = { ...mixed, protocols: ['holdfast-screen', mixed.ticket] }
    expect(await connect(who, asScreen).closed).toEqual({ status: 400 })
    const made = await open()
    const viewer = connect(who, made)
    await waitFor('a prompt', () => viewer.said().includes('simulated login: '))
    expect(viewer.socket.protocol).toBe('holdfast-serial')
    viewer.socket.send(Buffer.from('root\r'))
    const serial = agent.simulatedScreens.serials.get(MACHINE)
    await waitFor('what was typed', () => serial?.typed === 'root\r')
    const second = await connect(who, await open()).closed
    expect(second).toMatchObject({ code: CLOSE_CODES.refused, reason: expect.stringContaining('one at a time') })
    expect(await audited(made.id, 'console.opened')).toMatchObject({ change: { kind: 'serial' } })
    viewer.socket.close()
    await waitFor('the end', () => serial?.isRead === false)

    const looking = connect(who, await open({ view_only: true }))
    await waitFor('a prompt', () => looking.said().includes('simulated login: '))
    looking.socket.send(Buffer.from('x'))
    const query = `host_id=${agent.hostId}&machine=${MACHINE}`
    const log = (await api.call(who, serialLogRoute, 'GET', { query })).data(SerialLogView)
    expect(Buffer.from(log.text, 'base64').toString()).toContain('Linux version')
    expect(log.is_kept).toBe(true)
    expect(serial?.typed).toBe('root\r')
    looking.socket.close()
    expect((await api.call('viewer', serialLogRoute, 'GET', { query })).status).toBe(403)
    expect(
      await database.prisma.auditEntry.count({ where: { targetId: MACHINE, action: 'console.log_read' } }),
    ).toBeGreaterThan(0)
  })

  it('a ticket ends after 30 seconds, and with the wish of whoever asked for it', async () => {
    const agent = await fleet().addHost()
    const who = await api.browser('operator')
    const made = await ticket(who, agent.hostId)
    expect(new Date(made.expires_at).getTime() - Date.now()).toBeLessThanOrEqual(30_000)
    await database.prisma.console.update({ where: { id: made.id }, data: { expiresAt: new Date(Date.now() - 1) } })
    expect(await connect(who, made).closed).toEqual({ status: 401 })
    const second = await ticket(who, agent.hostId)
    expect((await api.call(who, endRoute, 'DELETE', { params: { id: second.id } })).status).toBe(200)
    expect(await connect(who, second).closed).toEqual({ status: 401 })
    expect(
      (await api.call('viewer', openRoute, 'POST', { body: { host_id: agent.hostId, machine: MACHINE } })).status,
    ).toBe(403)
    const wrong = { host_id: agent.hostId, machine: '--help' }
    expect((await api.call(who, openRoute, 'POST', { body: wrong })).status).toBe(400)
  })

  it('an administrator ends it, others do not', async () => {
    const agent = await fleet().addHost()
    const who = await api.browser('operator')
    const made = await ticket(who, agent.hostId)
    const viewer = connect(who, made)
    await greets(viewer)
    const end = (as: Parameters<typeof api.call>[0]) => api.call(as, endRoute, 'DELETE', { params: { id: made.id } })
    expect((await end(await api.browser('operator'))).status).toBe(403)
    expect((await end('admin')).status).toBe(200)
    expect(await viewer.closed).toMatchObject({ code: CLOSE_CODES.asked })
    expect(await waitFor('the entry', () => audited(made.id, 'console.closed'))).toMatchObject({
      change: { reason: 'asked' },
    })
  })

  it.each([
    [
      'the session is ended',
      (who: TestBrowser) => api.call(who, revokeSession, 'DELETE', { params: { id: who.sessionId } }),
    ],
    // As another web process does it.
    [
      'the role is lowered',
      ({ userId: id }: TestBrowser) => database.prisma.user.update({ where: { id }, data: { role: 'viewer' } }),
    ],
  ])('is over within 5 s when %s', async (_what, revoke) => {
    const agent = await fleet().addHost()
    const who = await api.browser('operator')
    const viewer = connect(who, await ticket(who, agent.hostId))
    await greets(viewer)
    const from = performance.now()
    await revoke(who)
    expect(await viewer.closed).toMatchObject({ code: CLOSE_CODES.revoked })
    expect(performance.now() - from).toBeLessThan(5_000)
    await waitFor('the end at the machine', () => agent.simulatedScreens.of(MACHINE).viewers === 0)
  })

  it('says why it does not open, and that the machine was stopped', async () => {
    const agent = await fleet().addHost()
    const who = await api.browser('operator')
    agent.simulatedScreens.unknown.add(MACHINE)
    const refused = await ticket(who, agent.hostId)
    const closed = await connect(who, refused).closed
    expect(closed).toMatchObject({
      code: CLOSE_CODES.refused,
      reason: expect.stringContaining('knows no such machine'),
    })
    expect(await waitFor('the entry', () => audited(refused.id, 'console.opened'))).toMatchObject({ result: 'failure' })
    agent.simulatedScreens.unknown.clear()
    const viewer = connect(who, await ticket(who, agent.hostId))
    await greets(viewer)
    agent.simulatedScreens.of(MACHINE).stop()
    expect(await viewer.closed).toMatchObject({ code: CLOSE_CODES.machine })
    // A host that is cut off cuts its screens off too.
    const last = connect(who, await ticket(who, agent.hostId))
    await greets(last)
    fleet().controller.client.disconnect(agent.hostId)
    expect(await last.closed).toMatchObject({ code: CLOSE_CODES.machine })
  })

  it('what was open when its web process died is ended later, as long as it was', async () => {
    const agent = await fleet().addHost()
    const who = await api.browser('operator')
    const made = await ticket(who, agent.hostId)
    const openedAt = new Date(Date.now() - LOST_AFTER_MS - 60_000)
    const seenAt = new Date(openedAt.getTime() + 42_000)
    await database.prisma.console.update({ where: { id: made.id }, data: { openedAt, seenAt } })
    expect(
      (await api.call(who, listRoute, 'GET', { query: `host_id=${agent.hostId}` })).data(z.array(ConsoleView)),
    ).toEqual([])
    const records: unknown[] = []
    const ended = () => endLostConsoles(database.prisma, async (_tx, record) => void records.push(record), new Date())
    expect([await ended(), await ended()]).toEqual([1, 0])
    expect(records).toMatchObject([{ target: { id: MACHINE }, change: { reason: 'lost', seconds: 42 } }])
  })
})
