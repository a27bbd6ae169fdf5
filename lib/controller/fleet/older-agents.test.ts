import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { newId } from '@/lib/ids'
import { useTestDatabase } from '@/testing/database'
import { makeBackend, makeMount } from '@/testing/factories'
import type { FakeAgent } from '@/testing/fake-agent'
import { startTestFleet, type TestFleet } from '@/testing/fleet'
import { testId } from '@/testing/ids'
import { waitFor } from '@/testing/wait'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

describe('a host whose agent speaks protocol 1', () => {
  const database = useTestDatabase()
  let fleet: TestFleet
  let agent: FakeAgent

  beforeAll(async () => {
    fleet = await startTestFleet(database, { sweep: { intervalMs: 300, timeoutMs: 2_000 } })
    agent = await fleet.addHost({ protocol: 1 })
    await waitFor('the host', () => fleet.controller.directory.get(agent.hostId)?.status === 'online')
  })
  afterAll(() => fleet.stop())

  const mountRow = (mountId: string) =>
    database.prisma.mountOnHost.findUnique({ where: { mountId_hostId: { mountId, hostId: agent.hostId } } })
  const connectionRow = (backendId: string) =>
    database.prisma.backendOnHost.findUnique({ where: { backendId_hostId: { backendId, hostId: agent.hostId } } })
  const told = (operation: string) => agent.calls.filter((call) => call.operation === operation).length

  test('is known to be older', async () => {
    const info = await waitFor('its facts', async () => {
      const host = await database.prisma.host.findUniqueOrThrow({ where: { id: agent.hostId } })
      return (host.observedInfo as { protocolVersions?: number[] } | null) ?? undefined
    })
    expect(info.protocolVersions).toEqual([1])
  })

  test('mounts, is watched, and lets go', async () => {
    const mount = await makeMount(database.prisma, { hostIds: [agent.hostId] })
    await fleet.controller.reconciler.look(agent.hostId)
    await waitFor('the mount', async () => (await mountRow(mount.id))?.observedState === 'mounted')
    agent.simulated.interfere(mount.id, 'takeAway')
    await waitFor('the news of it', async () => (await mountRow(mount.id))?.observedState === 'absent')
    await database.prisma.mount.update({ where: { id: mount.id }, data: { deletedAt: new Date() } })
    fleet.bus.publish({ topic: 'mount', id: mount.id, kind: 'wanted' })
    await waitFor('the removal', async () => (await mountRow(mount.id)) === null)
    expect(agent.mounts()).toEqual([])
  })

  test('opens storages, and is asked again for one that it has forgotten', async () => {
    const { id } = await makeBackend(database.prisma, { driver: 'iscsi-lvm', config: {} })
    await database.prisma.backendOnHost.create({
      data: { backendId: id, hostId: agent.hostId, desired: 'connected', desiredGeneration: 1 },
    })
    fleet.bus.publish({ topic: 'backend', id, kind: 'wanted' })
    await waitFor('the connection', async () => (await connectionRow(id))?.observedState === 'connected')
    const before = told('connectBackend')
    agent.simulatedConnections.override(id, null)
    await waitFor('the second command', () => told('connectBackend') > before)
    await waitFor('the connection again', async () => {
      const row = await connectionRow(id)
      return row?.observedState === 'connected' && row.observedGeneration === 1
    })
    await database.prisma.backendOnHost.updateMany({ data: { desired: 'disconnected', desiredGeneration: 2 } })
    fleet.bus.publish({ topic: 'backend', id, kind: 'wanted' })
    await waitFor('the end of it', async () => (await connectionRow(id))?.observedState === 'disconnected')
    expect(agent.simulatedConnections.list()).toEqual([])
  })

  test('shows a database that is behind it', async () => {
    const { client, epoch, leadership } = fleet.controller
    const mountId = testId('mount', 'made after the backup')
    const backend = { id: testId('backend', 'b'), driver: 'local-dir', config: {}, secrets: {} }
    const place = { mountPoint: '/mnt/late', readOnly: false, autoMount: true }
    const envelope = { operationId: newId('operation'), resourceId: mountId, generation: 3, ttlMs: 1_000 }
    await client.call(agent, 'applyMount', {
      ...envelope,
      fence: leadership.fence(),
      mount: { mountId, backend, ...place, desiredState: 'mounted' },
    })
    epoch.forget(agent.hostId)
    epoch.cameUp(agent.hostId)
    await waitFor('the restored state', () => epoch.isHeld())
    const stored = await waitFor('what differs', async () =>
      database.prisma.setting.findUnique({ where: { key: 'restored' } }).then((row) => row ?? undefined),
    )
    expect(stored.value).toMatchObject({ hosts: [{ unknown: [{ kind: 'mount', id: mountId }] }] })
  })
})
