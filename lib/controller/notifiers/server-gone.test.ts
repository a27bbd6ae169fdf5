import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { GET } from '@/app/api/v1/attention/route'
import { POST as createBackend } from '@/app/api/v1/storage/backends/route'
import { POST as createMount } from '@/app/api/v1/storage/mounts/route'
import { AttentionView } from '@/lib/attention/schema'
import { BackendView } from '@/lib/backends/schema'
import { setProcessBus } from '@/lib/events/process-bus'
import { newId } from '@/lib/ids'
import { useTestApi } from '@/testing/api'
import { useTestDatabase } from '@/testing/database'
import { startTestFleet, type TestFleet } from '@/testing/fleet'
import { webReceiver } from '@/testing/notifiers/receivers'
import { SimulatedStorages } from '@/testing/simulated-storages'
import { waitFor } from '@/testing/wait'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 })

const MINUTE = 60_000
/** The test looks, at times of its own. */
const NEVER = { everyMs: 3_600_000, firstMs: 3_600_000 }
const SERVER = 'nas.example.com'
const [HOSTS, MOUNTS] = [5, 20]
const PLACES = HOSTS * MOUNTS
/** Until every host has carried out, or shows, what it has to. */
const LONG_MS = 60_000

describe('a server that is gone', () => {
  const database = useTestDatabase()
  const api = useTestApi(database)
  let fleet: TestFleet
  beforeAll(async () => {
    const quiet = { alerts: NEVER, availability: NEVER, notifierNetworks: ['127.0.0.0/8'] }
    fleet = await startTestFleet(database, quiet)
    setProcessBus(fleet.bus)
  })
  afterAll(() => fleet.stop())

  async function mountAll(hostIds: readonly string[]) {
    for (let at = 0; at < MOUNTS; at++) {
      const backend = { name: `share-${at}`, type: 'nfs', config: { server: SERVER, export_path: `/srv/${at}` } }
      const { id } = (await api.call('operator', createBackend, 'POST', { body: backend })).data(BackendView)
      const mount = { name: `share-${at}`, backend_id: id, host_ids: hostIds, mount_point: `/mnt/${at}` }
      await api.call('operator', createMount, 'POST', { body: mount })
    }
  }

  it('is one alert, one message and one recovery, whatever hangs on it and however long it lasts', async () => {
    const { prisma } = database
    const { alertCare, deliveries, histories, sweep } = fleet.controller
    const receiver = await webReceiver()
    onTestFinished(() => receiver.close())
    const config = { url: `http://127.0.0.1:${receiver.port}/` }
    const hook = { name: 'hook', type: 'webhook', config, target: 'x', rules: {} }
    await prisma.notifier.create({ data: { id: newId('notifier'), ...hook } })
    const storages = new SimulatedStorages()
    const agents = await fleet.addHosts(
      Array.from({ length: HOSTS }, (_, at) => ({ name: `web-${at}` })),
      { storages },
    )
    await mountAll(agents.map(({ hostId }) => hostId))
    const start = Date.now()
    const at = (minutes: number) => new Date(start + minutes * MINUTE)
    async function look(minutes: number) {
      await alertCare.look(at(minutes))
      await deliveries.deliver(() => at(minutes))
    }
    const told = () =>
      receiver.arrived.map(({ body }) => {
        const { type, data } = JSON.parse(body) as { type: string; data: { severity: string; title: string } }
        return `${type} ${data.severity} ${data.title}`
      })
    const causes = async () => AttentionView.parse((await api.call('viewer', GET, 'GET')).body).data
    const shown = (what: string, isShown: () => Promise<boolean>) =>
      waitFor(
        what,
        async () => {
          await sweep.round()
          return isShown()
        },
        LONG_MS,
      )
    const mounted = { observedState: 'mounted', observedError: null } as const
    await shown('all mounts', async () => (await prisma.mountOnHost.count({ where: mounted })) === PLACES)
    await histories.availability.look(at(0))
    await look(0)

    storages.set(SERVER, 'dead')
    const hung = { observedState: 'hung' } as const
    await shown('the server to be missed', async () => (await prisma.mountOnHost.count({ where: hung })) === PLACES)
    // Longer than the error budget of a month.
    for (let minutes = 3; minutes <= 60; minutes += 3) await histories.availability.look(at(minutes))
    for (const minutes of [1, 2, 30, 60]) await look(minutes)
    expect(told()).toEqual([expect.stringMatching(`^alert.opened critical ${SERVER}`)])
    expect(await causes()).toMatchObject([{ reach: { hosts: { total: HOSTS }, mounts: { total: MOUNTS } } }])

    storages.set(SERVER, 'healthy')
    await shown('all mounts again', async () => (await prisma.mountOnHost.count({ where: mounted })) === PLACES)
    await shown('the end of it', async () => (await causes()).length === 0)
    await histories.availability.look(at(61))
    for (const minutes of [61, 67, 75, 90]) await look(minutes)
    // What it has cost all of them is one matter too: it was seen to fail from the third minute on.
    const cost = `${MOUNTS} backends could not be used for up to 58 min of the last 30 days, more than their objectives leave`
    expect(told().slice(1).toSorted()).toEqual([
      expect.stringMatching(`^alert.cleared critical ${SERVER}`),
      `alert.opened warning ${SERVER}: ${cost}`,
    ])
    expect(await prisma.alert.count()).toBe(2)
  })
})
