import { describe, expect, it, vi } from 'vitest'
import { GET as ofBackend } from '@/app/api/v1/storage/backends/[id]/metrics/route'
import { DELETE as deleteBackend } from '@/app/api/v1/storage/backends/[id]/route'
import { POST as createBackend } from '@/app/api/v1/storage/backends/route'
import { GET as ofMount } from '@/app/api/v1/storage/mounts/[id]/metrics/route'
import { DELETE as deleteMount } from '@/app/api/v1/storage/mounts/[id]/route'
import { POST as createMount } from '@/app/api/v1/storage/mounts/route'
import { BackendView } from '@/lib/backends/schema'
import { FLEET } from '@/lib/monitoring/fleet'
import { BackendMetrics, MountMetrics } from '@/lib/monitoring/schema'
import { MountView } from '@/lib/mounts/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { useTestDatabase } from '@/testing/database'
import { SimulatedStorages } from '@/testing/simulated-storages'

vi.setConfig({ testTimeout: 60_000 })

const NFS = { server: 'nas.example.com', export_path: '/export/media' }

describe('figures over time, from the hosts to the API', () => {
  const database = useTestDatabase()
  const api = useTestApi(database)
  const fleet = useTestFleet(database)

  async function mounted(type: string, config: object, host_ids: string[]) {
    const backend = (
      await api.call('operator', createBackend, 'POST', { body: { name: `on ${type}`, type, config } })
    ).data(BackendView).id
    const body = { name: `on-${type}`, backend_id: backend, host_ids, mount_point: `/mnt/${type}` }
    const headers = { prefer: 'wait=20' }
    const mount = (await api.call('operator', createMount, 'POST', { body, headers })).data(MountView).id
    const where = { mountId: mount, observedState: 'mounted' as const }
    await expect.poll(() => database.prisma.mountOnHost.count({ where }), { timeout: 20_000 }).toBe(host_ids.length)
    return { backend, mount }
  }
  const historyOf = async (id: string, query = '') =>
    (await api.call('viewer', ofBackend, 'GET', { params: { id }, query })).data(BackendMetrics).history

  it('are kept once of what hosts share, by host of what each has, and go with what they are about', async () => {
    let level = 100
    const inodes = { total: 64, used: 8 }
    const usage = () => ({
      totalBytes: 1_000,
      usedBytes: level,
      availableBytes: 1_000 - level,
      fileCount: null,
      inodes,
    })
    const storages = new SimulatedStorages({ usage, isMoving: true })
    const agents = [await fleet().addHost({ storages }), await fleet().addHost({ storages })]
    const hostIds = agents.map(({ hostId }) => hostId)
    const where = { id: { in: hostIds }, observedStatus: 'online' as const }
    await expect.poll(() => database.prisma.host.count({ where }), { timeout: 20_000 }).toBe(2)
    const shared = await mounted('nfs', NFS, hostIds)
    const own = await mounted('local-dir', { path: '/srv/data' }, hostIds)
    const { controller } = fleet()
    await controller.backendStatus.flush()
    await controller.histories.capacity.look()

    const before = { total_bytes: 1_000, used_bytes: 100, available_bytes: 900, least_used_bytes: 100, used_inodes: 8 }
    const ofShared = await historyOf(shared.backend)
    expect(ofShared).toMatchObject({ host: null, hosts: [], forecast: null })
    expect(ofShared.points.at(-1)).toMatchObject(before)
    const ofOwn = await historyOf(own.backend)
    expect(ofOwn.hosts.map(({ id }) => id).toSorted()).toEqual(hostIds.toSorted())
    expect(ofOwn.points.at(-1)).toMatchObject(before)
    const mount = await api.call('viewer', ofMount, 'GET', { params: { id: shared.mount } })
    expect(mount.data(MountMetrics).history.points).toEqual(ofShared.points)

    // It fills; the next sweep brings it along.
    level = 700
    await expect
      .poll(
        async () => {
          await controller.sweep.round()
          await controller.observations.touch(Number.POSITIVE_INFINITY)
          await controller.backendStatus.flush()
          await controller.histories.capacity.look()
          return (await historyOf(shared.backend, 'range=7d')).points.at(-1)
        },
        { timeout: 20_000 },
      )
      .toMatchObject({ used_bytes: 700, most_used_bytes: 700 })

    for (const { backend: id, mount: mountId } of [shared, own]) {
      await api.call('operator', deleteMount, 'DELETE', { params: { id: mountId } })
      await expect
        .poll(async () => (await api.call('operator', deleteBackend, 'DELETE', { params: { id } })).status, {
          timeout: 20_000,
        })
        .toBe(200)
    }
    await controller.cleanUp.run()
    // What all of them had together stays.
    const [sum] = await database.prisma.capacitySeries.findMany()
    expect(sum).toMatchObject({ subjectId: FLEET })
    expect(await database.prisma.capacitySeries.count()).toBe(1)
    expect(await database.prisma.capacityPoint.count({ where: { seriesId: { not: sum?.id ?? 0 } } })).toBe(0)
  })
})
