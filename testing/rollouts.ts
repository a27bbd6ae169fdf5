import { afterEach } from 'vitest'
import { GET as getOperation } from '@/app/api/v1/operations/[id]/route'
import { GET as getOne, PATCH } from '@/app/api/v1/storage/mounts/[id]/route'
import { POST as create } from '@/app/api/v1/storage/mounts/route'
import { MountView } from '@/lib/mounts/schema'
import { OperationView } from '@/lib/operations/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import type { TestDatabaseHandle } from '@/testing/database'
import { makeBackend } from '@/testing/factories'
import type { FakeAgent } from '@/testing/fake-agent'
import { waitFor } from '@/testing/wait'

export const HOSTS = 12
/** Of twelve hosts: 1, then 2 more, then 9. */
export const WAVES = { waves: ['1', '25%', '100%'] }

/** Twelve hosts and the routes by which a mount goes out to them in waves, for the tests of one block. */
export function useRollouts(database: TestDatabaseHandle) {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)
  const agents = new Map<string, FakeAgent>()
  const hosts = async () => {
    while (agents.size < HOSTS) {
      const agent = await fleet().addHost()
      agents.set(agent.hostId, agent)
    }
    const online = { id: { in: [...agents.keys()] }, observedStatus: 'online' as const }
    await waitFor('the hosts', async () => (await database.prisma.host.count({ where: online })) === HOSTS, 20_000)
    return [...agents.keys()]
  }
  afterEach(() => {
    for (const agent of agents.values()) agent.setFault(null)
  })

  const agent = (hostId: string | undefined) => {
    const found = agents.get(hostId ?? '')
    if (!found) throw new Error('no such host')
    return found
  }
  /** Commands about this mount that have come to a host. */
  const told = (hostId: string, mountId: string) =>
    agent(hostId).calls.filter(({ operation, request }) => {
      const { resourceId } = request as { resourceId?: string }
      return (operation === 'applyMount' || operation === 'removeMount') && resourceId === mountId
    }).length
  const get = async (id: string) => (await api.call('viewer', getOne, 'GET', { params: { id } })).data(MountView)
  const operation = async (id: string) =>
    (await api.call('viewer', getOperation, 'GET', { params: { id } })).data(OperationView)
  const settled = (id: string) =>
    waitFor(
      `the rollout ${id} to settle`,
      async () => {
        const view = await operation(id)
        return view.status === 'queued' || view.status === 'running' ? undefined : view
      },
      30_000,
    )
  const idOf = (answer: { status: number; text: string; body: unknown }) => {
    if (answer.status >= 400) throw new Error(answer.text)
    const { operation, data } = answer.body as { operation?: { id: string }; data: { id: string } }
    return operation?.id ?? data.id
  }
  let number = 0
  const make = async (over: Record<string, unknown> = {}) => {
    const body = {
      name: `wave-${++number}`,
      backend_id: (await makeBackend(database.prisma)).id,
      host_ids: await hosts(),
      ...over,
    }
    const answer = await api.call('operator', create, 'POST', { body, headers: { prefer: 'wait=20' } })
    return { answer, view: answer.data(MountView) }
  }
  const patch = (id: string, body: unknown) => api.call('operator', PATCH, 'PATCH', { params: { id }, body })
  const decide = (route: Parameters<typeof api.call>[1], id: string, body?: unknown) =>
    api.call('operator', route, 'POST', { params: { id }, ...(body === undefined ? {} : { body }) })
  const waveIds = (view: OperationView) => view.rollout?.waves.map((wave) => wave.host_ids) ?? []
  const stateOn = async (mountId: string, hostId: string) =>
    (await get(mountId)).hosts.find((row) => row.host_id === hostId)

  /** A mount on all hosts, whose change to read-only fails on the canary. */
  const stoppedAtCanary = async (over: Record<string, unknown> = {}) => {
    const { view } = await make(over)
    for (const each of agents.values())
      each.setFault({ kind: 'refuse', code: 'busy', message: 'Held by bash.' }, 'applyMount')
    const before = new Map([...agents.keys()].map((hostId) => [hostId, told(hostId, view.id)]))
    const id = idOf(await patch(view.id, { read_only: true, rollout: WAVES }))
    const stopped = await settled(id)
    for (const each of agents.values()) each.setFault(null)
    const [canary, ...others] = waveIds(stopped).flat()
    if (canary === undefined) throw new Error('there is no canary')
    const untouched = () => others.filter((hostId) => told(hostId, view.id) === before.get(hostId))
    return { id, stopped, view, canary, others, untouched }
  }

  return {
    api,
    fleet,
    agents,
    hosts,
    agent,
    told,
    get,
    settled,
    idOf,
    make,
    patch,
    decide,
    waveIds,
    stateOn,
    stoppedAtCanary,
  }
}
