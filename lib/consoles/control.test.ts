import { expect, it, vi } from 'vitest'
import { z } from 'zod'
import { POST as controlRoute } from '@/app/api/v1/consoles/[id]/control/route'
import { GET as listRoute, POST as openRoute } from '@/app/api/v1/consoles/route'
import { ConsoleTicketView, ConsoleView, ControlView, LOST_AFTER_MS } from '@/lib/consoles/schema'
import { type TestBrowser, useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import { type ScreenViewer, useScreenViewers } from '@/testing/screen-viewers'
import { waitFor } from '@/testing/wait'

vi.setConfig({ testTimeout: 60_000 })

const MACHINE = '2b1c7e52-0f6e-4b51-9d3e-6f0b1a2c3d4e'

testDatabases('the keyboard of a screen', (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)
  const { connect, ticket, greets } = useScreenViewers(api, MACHINE)
  const audited = (id: string, action: string) =>
    database.prisma.auditEntry
      .findMany({ where: { targetId: MACHINE, action } })
      .then((rows) => rows.find(({ change }) => (change as { console: string }).console === id))

  const key = (symbol: number) => Buffer.from([4, 1, 0, 0, 0, 0, 0, symbol])
  const say = (who: TestBrowser, id: string, body: object) =>
    api.call(who, controlRoute, 'POST', { params: { id }, body })
  /** A viewer that is past the greetings. */
  async function sit(who: TestBrowser, hostId: string) {
    const { id, ...made } = await ticket(who, hostId)
    const viewer = connect(who, { id, ...made })
    await greets(viewer)
    for (const bytes of ['RFB 003.008\n', '\x01', '\x01']) viewer.socket.send(Buffer.from(bytes, 'latin1'))
    return { id, viewer, type: (symbol: number) => viewer.socket.send(key(symbol)) }
  }
  const listed = async (who: TestBrowser, hostId: string, id: string) => {
    const all = (await api.call(who, listRoute, 'GET', { query: `host_id=${hostId}` })).data(z.array(ConsoleView))
    return all.find((one) => one.id === id)
  }
  /** What the picture needs, by which everything that was sent before has been looked at in the relay. */
  async function passed({ viewer }: { viewer: ScreenViewer }) {
    const before = viewer.said().length
    viewer.socket.send(Buffer.from([3, 0, 0, 0, 0, 0, 4, 0, 3, 0]))
    await waitFor('a picture', () => viewer.said().length > before + 10_000)
  }
  /** Types until it arrives, as the relays hear of a change within two seconds. */
  const arrives = (seat: Awaited<ReturnType<typeof sit>>, keys: number[], symbol: number) =>
    waitFor(`the key ${symbol}`, () => {
      seat.type(symbol)
      return keys.includes(symbol)
    })

  it('is of one person at a time, and changes hands when this one says yes', async () => {
    const agent = await fleet().addHost()
    const [anna, bert] = [await api.browser('operator'), await api.browser('operator')]
    const { keys } = agent.simulatedScreens.of(MACHINE)
    const first = await sit(anna, agent.hostId)
    const second = await sit(bert, agent.hostId)
    second.type(0x62)
    await passed(second)
    first.type(0x61)
    await waitFor('the key', () => keys.length > 0)
    expect(keys).toEqual([0x61])
    expect(await listed(bert, agent.hostId, second.id)).toMatchObject({ types: false, asks_until: null })
    expect(await listed(bert, agent.hostId, first.id)).toMatchObject({ types: true })

    expect((await say(bert, second.id, { say: 'take' })).status).toBe(403)
    expect((await say(bert, second.id, { say: 'yes', to: second.id })).status).toBe(409)
    expect((await say(bert, first.id, { say: 'ask' })).status).toBe(404)
    expect((await say(bert, second.id, { say: 'ask' })).data(ControlView)).toEqual({ types: false })
    const asks = await listed(anna, agent.hostId, second.id)
    expect(Date.parse(asks?.asks_until ?? '') - Date.now()).toBeLessThanOrEqual(60_000)
    // The same person in another window types as well; a third person has to wait.
    const again = await sit(anna, agent.hostId)
    await arrives(again, keys, 0x41)
    const third = await sit(await api.browser('operator'), agent.hostId)
    expect((await say(await api.browser('operator'), third.id, { say: 'ask' })).status).toBe(404)

    expect((await say(anna, first.id, { say: 'no', to: second.id })).status).toBe(200)
    expect((await listed(bert, agent.hostId, second.id))?.asks_until).toBeNull()
    await say(bert, second.id, { say: 'ask' })
    expect((await say(anna, first.id, { say: 'yes', to: second.id })).data(ControlView)).toEqual({ types: false })
    await arrives(second, keys, 0x62)
    const count = keys.length
    for (const seat of [first, again, third]) {
      seat.type(0x7a)
      await passed(seat)
    }
    expect(keys).not.toContain(0x7a)
    expect(keys.slice(count).every((symbol) => symbol === 0x62)).toBe(true)
    expect(await audited(second.id, 'console.control_asked')).toMatchObject({ actorId: bert.userId })
    expect(await audited(first.id, 'console.control_given')).toMatchObject({ actorId: anna.userId })
    for (const { viewer } of [first, second, again, third]) viewer.socket.close()
  })

  it('goes to whoever has asked when the one who typed leaves, and to nobody else when a minute is over', async () => {
    const agent = await fleet().addHost()
    const [anna, bert] = [await api.browser('operator'), await api.browser('operator')]
    const { keys } = agent.simulatedScreens.of(MACHINE)
    const first = await sit(anna, agent.hostId)
    const second = await sit(bert, agent.hostId)
    await say(bert, second.id, { say: 'ask' })
    const where = { hostId_machine: { hostId: agent.hostId, machine: MACHINE } }
    await database.prisma.consoleControl.update({ where, data: { askedUntil: new Date(Date.now() - 1) } })
    expect((await say(anna, first.id, { say: 'yes', to: second.id })).status).toBe(409)
    await say(bert, second.id, { say: 'ask' })
    first.viewer.socket.close()
    await arrives(second, keys, 0x62)
    expect(await listed(bert, agent.hostId, second.id)).toMatchObject({ types: true })
    second.viewer.socket.close()
    await waitFor('nobody', async () => (await database.prisma.consoleControl.findUnique({ where })) === null)
  })

  it('is taken by an administrator at once, which is in the audit', async () => {
    const agent = await fleet().addHost()
    const [anna, admin] = [await api.browser('operator'), await api.browser('admin')]
    const { keys } = agent.simulatedScreens.of(MACHINE)
    const first = await sit(anna, agent.hostId)
    await arrives(first, keys, 0x61)
    const second = await sit(admin, agent.hostId)
    expect((await say(admin, second.id, { say: 'take' })).data(ControlView)).toEqual({ types: true })
    await arrives(second, keys, 0x62)
    first.type(0x7a)
    await passed(first)
    expect(keys).not.toContain(0x7a)
    expect(await audited(second.id, 'console.control_taken')).toMatchObject({
      change: { of: `operator-${anna.userId.slice(-8)}` },
    })
    // It is nobody's to have who was let in for looking.
    const body = { host_id: agent.hostId, machine: MACHINE, view_only: true }
    const looking = (await api.call(anna, openRoute, 'POST', { body })).data(ConsoleTicketView)
    const watcher = connect(anna, looking)
    await greets(watcher)
    expect((await say(anna, looking.id, { say: 'ask' })).status).toBe(400)
    for (const { socket } of [first.viewer, second.viewer, watcher]) socket.close()
  })

  it('is free again when the process of the one who typed died', async () => {
    const agent = await fleet().addHost()
    const [anna, bert] = [await api.browser('operator'), await api.browser('operator')]
    const first = await ticket(anna, agent.hostId)
    const seenAt = new Date(Date.now() - LOST_AFTER_MS - 1_000)
    await database.prisma.console.update({ where: { id: first.id }, data: { openedAt: seenAt, seenAt } })
    const of = { hostId: agent.hostId, machine: MACHINE, actorId: anna.userId, actorName: 'anna', isHandover: false }
    await database.prisma.consoleControl.create({ data: of })
    const second = await sit(bert, agent.hostId)
    await arrives(second, agent.simulatedScreens.of(MACHINE).keys, 0x62)
    second.viewer.socket.close()
  })
})
