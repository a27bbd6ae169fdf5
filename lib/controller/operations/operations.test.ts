import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { newId } from '@/lib/ids'
import { testDatabases } from '@/testing/database'
import { makeBackend, makeMount } from '@/testing/factories'
import { startTestFleet, type TestFleet } from '@/testing/fleet'
import { waitFor } from '@/testing/wait'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 })

/** Of a directory that a simulated host tests. */
const LAYERS = ['target', 'mount', 'write', 'capacity', 'unmount']

testDatabases('operations', (database) => {
  let fleet: TestFleet
  beforeAll(async () => {
    fleet = await startTestFleet(database)
  })
  afterAll(() => fleet.stop())

  const stateOf = async (mountId: string, hostId: string) =>
    (await database.prisma.mountOnHost.findUnique({ where: { mountId_hostId: { mountId, hostId } } }))?.observedState

  test('a mount is carried out, read back and logged, and its payload emptied', async () => {
    const agent = await fleet.addHost()
    const mount = await makeMount(database.prisma, { hostIds: [agent.hostId] })
    const id = await fleet.request('mount.apply', { mountId: mount.id, hostIds: [agent.hostId] }, [agent.hostId])
    const ended = await fleet.ended(id)
    expect(ended).toMatchObject({ status: 'succeeded', payload: {}, attempt: 1, error: null })
    expect(ended.hosts).toMatchObject([{ status: 'succeeded' }])
    expect(ended.steps.map((step) => step.message)).toEqual([`Mounting ${mount.mountPoint}`])
    expect(await stateOf(mount.id, agent.hostId)).toBe('mounted')
    const [call] = agent.calls.filter(({ operation }) => operation === 'applyMount')
    expect(call?.request).toMatchObject({ operationId: id, generation: 1, mount: { backend: { id: mount.backendId } } })
    const counted = { kind: 'mount.apply', outcome: 'succeeded', count: 1 }
    await vi.waitFor(() => expect(fleet.controller.runner.ended).toEqual([counted]))
  })

  test('one host that hangs holds up neither the others nor other operations', async () => {
    const [hanging, good] = [await fleet.addHost(), await fleet.addHost()]
    hanging.setFault({ kind: 'hang' }, 'applyMount')
    const mount = await makeMount(database.prisma, { hostIds: [hanging.hostId, good.hostId] })
    const both = [hanging.hostId, good.hostId]
    const id = await fleet.request('mount.apply', { mountId: mount.id, hostIds: both }, both)
    await waitFor('the good host', async () => (await stateOf(mount.id, good.hostId)) === 'mounted')
    const other = await makeMount(database.prisma, { hostIds: [good.hostId] })
    const otherId = await fleet.request('mount.apply', { mountId: other.id, hostIds: [good.hostId] }, [good.hostId])
    expect((await fleet.ended(otherId)).status).toBe('succeeded')
    expect(await database.prisma.operation.findUnique({ where: { id } })).toMatchObject({ status: 'running' })
    await hanging.stop()
    const ended = await fleet.ended(id)
    expect(ended.status).toBe('partial')
    expect(ended.hosts.find((host) => host.hostId === hanging.hostId)).toMatchObject({
      status: 'failed',
      errorCode: 'host_unreachable',
    })
  })

  test('a removal drops the tombstones, and the mount with the last of them', async () => {
    const agent = await fleet.addHost()
    const mount = await makeMount(database.prisma, { hostIds: [agent.hostId] })
    const hostIds = [agent.hostId]
    await fleet.ended(await fleet.request('mount.apply', { mountId: mount.id, hostIds }, hostIds))
    await database.prisma.mount.update({
      where: { id: mount.id },
      data: {
        deletedAt: new Date(),
        hosts: { updateMany: { where: {}, data: { removed: true, desiredGeneration: 2 } } },
      },
    })
    const ended = await fleet.ended(await fleet.request('mount.remove', { mountId: mount.id, hostIds }, hostIds))
    expect(ended.status).toBe('succeeded')
    expect(agent.mounts()).toEqual([])
    expect(await database.prisma.mount.findUnique({ where: { id: mount.id } })).toBeNull()
  })

  test('a mount that the host refuses fails with the words of the host, and keeps them for readers', async () => {
    const agent = await fleet.addHost()
    agent.setFault(
      { kind: 'refuse', code: 'policy_denied', message: 'The policy of this host forbids /x.' },
      'applyMount',
    )
    const mount = await makeMount(database.prisma, { hostIds: [agent.hostId] })
    const hostIds = [agent.hostId]
    const ended = await fleet.ended(await fleet.request('mount.apply', { mountId: mount.id, hostIds }, hostIds))
    expect(ended).toMatchObject({ status: 'failed', errorCode: 'policy_denied' })
    const row = await database.prisma.mountOnHost.findFirstOrThrow({ where: { mountId: mount.id } })
    expect(row).toMatchObject({
      observedState: 'error',
      observedError: 'The policy of this host forbids /x.',
      attempts: 1,
    })
    expect(row.nextAttemptAt?.getTime()).toBeGreaterThan(Date.now())
  })

  test('a connection that breaks in mid-answer is tried again with the same operation id', async () => {
    const agent = await fleet.addHost()
    agent.setFault({ kind: 'cutStream' }, 'applyMount')
    const mount = await makeMount(database.prisma, { hostIds: [agent.hostId] })
    const hostIds = [agent.hostId]
    const id = await fleet.request('mount.apply', { mountId: mount.id, hostIds }, hostIds)
    setTimeout(() => agent.setFault(null), 100)
    expect((await fleet.ended(id)).status).toBe('succeeded')
    expect(agent.mounts()).toHaveLength(1)
  })

  test('a test of a saved backend stores status, age and steps', async () => {
    const agent = await fleet.addHost()
    const backend = await makeBackend(database.prisma)
    const sealed = { id: backend.id, driver: backend.driver, config: {}, sealedSecrets: {} }
    const request = { hostId: agent.hostId, backend: sealed, save: true }
    const id = await fleet.request('backend.test', request, [agent.hostId])
    const ended = await fleet.ended(id)
    expect(ended.result).toMatchObject({ success: true })
    expect((ended.result as { steps: { id: string }[] }).steps.map(({ id }) => id)).toEqual(LAYERS)
    expect(ended.steps.map(({ kind }) => kind)).toEqual(LAYERS.map(() => 'step'))
    expect(ended.steps[0]).toMatchObject({ message: 'Directory' })
    const stored = await database.prisma.backend.findUniqueOrThrow({ where: { id: backend.id } })
    expect(stored).toMatchObject({ observedStatus: 'online', lastTestOperation: id })
    expect(stored.updatedAt).toEqual(backend.updatedAt)
  })

  test('what a dead controller had claimed is taken over when its lock runs out, and not before', async () => {
    const agent = await fleet.addHost()
    const mount = await makeMount(database.prisma, { hostIds: [agent.hostId] })
    const payload = { mountId: mount.id, hostIds: [agent.hostId] }
    const claimed = (lockedUntil: Date) => ({
      id: newId('operation'),
      kind: 'mount.apply',
      requestedBy: 'test',
      payload,
      status: 'running' as const,
      claimedBy: 'dead',
      attempt: 1,
      lockedUntil,
      hosts: { create: [{ hostId: agent.hostId, status: 'running' as const }] },
    })
    const left = await database.prisma.operation.create({ data: claimed(new Date(Date.now() - 1)) })
    const held = await database.prisma.operation.create({ data: claimed(new Date(Date.now() + 60_000)) })
    const ended = await fleet.ended(left.id)
    expect(ended).toMatchObject({ status: 'succeeded', attempt: 2 })
    expect(await database.prisma.operation.findUnique({ where: { id: held.id } })).toMatchObject({ claimedBy: 'dead' })
    await database.prisma.operation.delete({ where: { id: held.id } })
  })

  test('an operation that is announced many times runs once', async () => {
    const agent = await fleet.addHost()
    const mount = await makeMount(database.prisma, { hostIds: [agent.hostId] })
    const hostIds = [agent.hostId]
    const id = await fleet.request('mount.apply', { mountId: mount.id, hostIds }, hostIds)
    for (let i = 0; i < 20; i++) fleet.controller.bus.publish({ topic: 'operation', id, kind: 'wanted' })
    await fleet.ended(id)
    const applied = agent.calls.filter(({ request }) => (request as { operationId?: string }).operationId === id)
    expect(applied).toHaveLength(1)
  })

  test('a host that is unknown or revoked is named, not waited for', async () => {
    const agent = await fleet.addHost()
    await database.prisma.host.update({ where: { id: agent.hostId }, data: { revokedAt: new Date() } })
    await fleet.controller.directory.refresh()
    const id = await fleet.request('host.refresh', { hostId: agent.hostId }, [agent.hostId])
    const ended = await fleet.ended(id)
    expect(ended).toMatchObject({ status: 'failed', errorCode: 'host_unreachable' })
    expect(ended.hosts).toMatchObject([{ status: 'failed', errorCode: 'host_unreachable' }])
  })
})
