import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import type { Bus } from '@/lib/events/bus'
import { connectPostgresBus } from '@/lib/events/postgres-bus'
import type { ChangeEvent } from '@/lib/events/schema'
import { connectSocketBus, serveSocketBus } from '@/lib/events/socket-bus'
import { missingPostgres, useTestDatabase } from '@/testing/database'
import { waitFor } from '@/testing/wait'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 })

const EVENT: ChangeEvent = { topic: 'operation', id: 'op_1', kind: 'wanted' }

function hearOn(bus: Bus): ChangeEvent[] {
  const heard: ChangeEvent[] = []
  bus.subscribe((event) => heard.push(event))
  return heard
}

describe('the socket bus', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'holdfast-bus-'))
  const file = path.join(directory, 'run', 'bus.sock')
  afterAll(() => rmSync(directory, { recursive: true }))

  test('carries events between all who are on it, and is private', async () => {
    const controller = await serveSocketBus(file)
    const [web, other] = [connectSocketBus(file), connectSocketBus(file)]
    expect(statSync(file).mode & 0o777).toBe(0o600)
    await waitFor('the connections', () => web.isConnected() && other.isConnected())
    const heard = [hearOn(controller), hearOn(web), hearOn(other)]
    web.publish(EVENT)
    await waitFor('the event', () => heard.every((events) => events.length === 1))
    controller.publish({ ...EVENT, kind: 'changed' })
    await waitFor('the answer', () => heard.every((events) => events.length === 2))
    expect(heard[2]).toEqual([EVENT, { ...EVENT, kind: 'changed' }])
    await Promise.all([web.close(), other.close()])
    await controller.close()
  })

  test.each([
    ['opened to the group that web and controller share', 0o750, 0o660],
    ["one user's alone", 0o700, 0o600],
    ['where everybody may be', 0o1777, 0o600],
  ])('in a directory %s, those may connect who may pass it', async (_what, directoryMode, socketMode) => {
    chmodSync(path.dirname(file), directoryMode)
    const controller = await serveSocketBus(file)
    expect(statSync(file).mode & 0o777).toBe(socketMode)
    await controller.close()
    chmodSync(path.dirname(file), 0o700)
  })

  test('comes back by itself after the controller was away', async () => {
    const first = await serveSocketBus(file)
    const web = connectSocketBus(file)
    await waitFor('the connection', () => web.isConnected())
    await first.close()
    await waitFor('the loss', () => !web.isConnected())
    const second = await serveSocketBus(file)
    const heard = hearOn(second)
    await waitFor('the new connection', () => web.isConnected())
    web.publish(EVENT)
    await waitFor('the event', () => heard.length === 1)
    await web.close()
    await second.close()
  })

  test('a second controller is refused; what is no event is ignored', async () => {
    const controller = await serveSocketBus(file)
    const heard = hearOn(controller)
    await expect(serveSocketBus(file)).rejects.toThrow('already running')
    const socket = connect(file)
    socket.write(`nonsense\n{"topic":"operation"}\n${JSON.stringify(EVENT)}\n`)
    await waitFor('the good event', () => heard.length === 1)
    socket.destroy()
    await controller.close()
  })
})

describe.skipIf(missingPostgres())('the PostgreSQL bus', () => {
  const database = useTestDatabase('postgresql')

  test('carries events between processes, each heard once', async () => {
    const [web, controller] = [connectPostgresBus(database.url), connectPostgresBus(database.url)]
    const heard = [hearOn(web), hearOn(controller)]
    await waitFor('both connections', () => web.isConnected() && controller.isConnected())
    for (let i = 0; i < 120; i++) web.publish({ ...EVENT, id: `op_${i}` })
    await waitFor('all events', () => heard[1]?.length === 120)
    expect(heard[1]?.map(({ id }) => id)).toEqual(heard[0]?.map(({ id }) => id))
    await Promise.all([web.close(), controller.close()])
  })

  test('listens again after the server has cut the connection', async () => {
    const [web, controller] = [connectPostgresBus(database.url), connectPostgresBus(database.url)]
    const heard = hearOn(controller)
    await waitFor('both connections', () => web.isConnected() && controller.isConnected())
    await database.prisma
      .$executeRaw`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'holdfast-bus'`
    await waitFor('the loss', () => !controller.isConnected())
    await waitFor('the new connection', () => web.isConnected() && controller.isConnected())
    await waitFor('an event', () => {
      web.publish(EVENT)
      return heard.length > 0
    })
    await Promise.all([web.close(), controller.close()])
  })
})
