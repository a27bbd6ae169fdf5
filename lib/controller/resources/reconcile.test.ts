import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { desiredMounts, needsCommand } from '@/lib/controller/resources/mounts/desired'
import type { DesiredMount } from '@/lib/controller/resources/mounts/mounts-repository'
import { testDatabases } from '@/testing/database'
import { makeMount } from '@/testing/factories'
import { startTestFleet, type TestFleet } from '@/testing/fleet'
import { waitFor } from '@/testing/wait'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 })

const ROW: DesiredMount = {
  mountId: 'mnt_1',
  hostId: 'hst_1',
  desiredState: 'mounted',
  desiredGeneration: 3,
  removed: false,
  heldBy: null,
  overrides: null,
  adopted: false,
  observedState: 'mounted',
  observedGeneration: 3,
  observedOptions: 'rw,nosuid,nodev,relatime',
  nextAttemptAt: null,
  attempts: 0,
  repairs: 0,
  repairedAt: null,
  mount: {
    name: 'm',
    mountPoint: '/mnt/m',
    readOnly: false,
    autoMount: true,
    onDrift: 'report',
    generation: 3,
    deletedAt: null,
    backend: { id: 'bkd_1', driver: 'local-dir', config: {}, secrets: [] },
  },
}
const NOW = new Date('2026-11-20T12:00:00Z')
const LATER = new Date('2026-11-20T12:01:00Z')

test.each<[string, Partial<DesiredMount>, { wasRestarted?: boolean; isBack?: boolean }, boolean]>([
  ['as wanted', {}, {}, false],
  ['never carried out', { observedGeneration: null, observedState: 'unknown' }, {}, true],
  ['an older generation', { observedGeneration: 2 }, {}, true],
  ['unmounted by somebody on the host', { observedState: 'absent' }, {}, false],
  ['unmounted, and the agent was restarted', { observedState: 'absent' }, { wasRestarted: true }, true],
  [
    'unmounted, restarted, but not an auto-mount',
    { observedState: 'absent', mount: { ...ROW.mount, autoMount: false } },
    { wasRestarted: true },
    false,
  ],
  ['hung: the agent heals that', { observedState: 'hung' }, {}, false],
  ['failed', { observedState: 'error' }, {}, true],
  ['failed a moment ago', { observedState: 'error', nextAttemptAt: LATER }, {}, false],
  [
    'failed a moment ago, and the host is back',
    { observedState: 'error', nextAttemptAt: LATER },
    { isBack: true },
    true,
  ],
  ['wanted unmounted, and unmounted', { desiredState: 'unmounted', observedState: 'absent' }, {}, false],
  ['mounted by somebody although wanted unmounted', { desiredState: 'unmounted' }, {}, false],
  ['wanted unmounted, which was refused', { desiredState: 'unmounted', attempts: 1 }, {}, true],
  [
    'wanted unmounted, which was refused a moment ago',
    { desiredState: 'unmounted', attempts: 1, nextAttemptAt: LATER },
    {},
    false,
  ],
  ['taken off this host', { removed: true }, {}, true],
  ['held by a rollout', { heldBy: 'op_1', observedGeneration: 2, observedState: 'error' }, { isBack: true }, false],
  ['held by a rollout, and to be removed', { heldBy: 'op_1', removed: true }, {}, false],
  ['deleted', { mount: { ...ROW.mount, deletedAt: NOW } }, {}, true],
])('a mount that is %s', (_name, over, circumstances, expected) => {
  expect(needsCommand({ ...ROW, ...over }, { now: NOW, wasRestarted: false, isBack: false, ...circumstances })).toBe(
    expected,
  )
})

testDatabases('the reconciler', (database) => {
  let fleet: TestFleet
  beforeAll(async () => {
    fleet = await startTestFleet(database, {
      sweep: { intervalMs: 300, timeoutMs: 1_000 },
      reconciler: { restartGraceMs: 200 },
    })
  })
  afterAll(() => fleet.stop())

  const rowOf = (mountId: string, hostId: string) =>
    database.prisma.mountOnHost.findUnique({ where: { mountId_hostId: { mountId, hostId } } })
  const stateOf = async (mountId: string, hostId: string) => (await rowOf(mountId, hostId))?.observedState
  const hostStatus = async (id: string) => (await database.prisma.host.findUnique({ where: { id } }))?.observedStatus

  test('a host that was away converges when it returns, a removal included', async () => {
    const agent = await fleet.addHost()
    const { hostId } = agent
    const kept = await makeMount(database.prisma, { hostIds: [hostId] })
    const gone = await makeMount(database.prisma, { hostIds: [hostId] })
    for (const { id } of [kept, gone]) {
      await fleet.ended(await fleet.request('mount.apply', { mountId: id, hostIds: [hostId] }, [hostId]))
    }
    await agent.stop()
    await waitFor('the host to be offline', async () => (await hostStatus(hostId)) === 'offline')

    await database.prisma.mount.update({
      where: { id: gone.id },
      data: {
        deletedAt: new Date(),
        hosts: { updateMany: { where: {}, data: { removed: true, desiredGeneration: 2 } } },
      },
    })
    const late = await makeMount(database.prisma, { hostIds: [hostId] })
    const ended = await fleet.ended(
      await fleet.request('mount.apply', { mountId: late.id, hostIds: [hostId] }, [hostId]),
    )
    expect(ended).toMatchObject({ status: 'failed', errorCode: 'host_unreachable' })

    const returned = await fleet.startAgent(hostId, { port: agent.port })
    await waitFor('the late mount', async () => (await stateOf(late.id, hostId)) === 'mounted')
    await waitFor('the kept mount', async () => (await stateOf(kept.id, hostId)) === 'mounted')
    await waitFor(
      'the tombstone to go',
      async () => !(await database.prisma.mount.findUnique({ where: { id: gone.id } })),
    )
    // The database says mounted of the kept one all the while: the host has begun anew and is told of it again.
    await expect
      .poll(
        () =>
          returned
            .mounts()
            .map(({ mountId }) => mountId)
            .sort(),
        { timeout: 10_000 },
      )
      .toEqual([late.id, kept.id].sort())
  })

  test('what an operation did between two looks at the rows is not sent again', async () => {
    const agent = await fleet.addHost()
    const { hostId } = agent
    await waitFor('the host to be online', async () => (await hostStatus(hostId)) === 'online')
    const { id } = await makeMount(database.prisma, { hostIds: [hostId] })
    const { ofHost } = desiredMounts
    const spy = vi.spyOn(desiredMounts, 'ofHost').mockImplementationOnce(async (db, of) => {
      const rows = await ofHost(db, of)
      // The rows still want it; by the time the reconciler asks for operations, this one has ended.
      await fleet.ended(await fleet.request('mount.apply', { mountId: id, hostIds: [hostId] }, [hostId]))
      return rows
    })
    try {
      await fleet.controller.reconciler.look(hostId)
      await waitFor('the mount', async () => (await stateOf(id, hostId)) === 'mounted')
    } finally {
      spy.mockRestore()
    }
    expect(agent.calls.filter(({ operation }) => operation === 'applyMount')).toHaveLength(1)
  })

  test('an unmount on the host is shown, and left alone until the mount changes', async () => {
    const agent = await fleet.addHost()
    const { hostId } = agent
    const mount = await makeMount(database.prisma, { hostIds: [hostId] })
    await fleet.ended(await fleet.request('mount.apply', { mountId: mount.id, hostIds: [hostId] }, [hostId]))
    await waitFor('the event stream', () => fleet.controller.directory.get(hostId)?.status === 'online')
    const sent = agent.calls.length
    agent.change(mount.id, { state: 'absent', since: new Date().toISOString() })
    await waitFor('the news', async () => (await stateOf(mount.id, hostId)) === 'absent')
    await fleet.controller.reconciler.look(hostId)
    expect(agent.calls.slice(sent).filter(({ operation }) => operation === 'applyMount')).toEqual([])

    await database.prisma.mountOnHost.updateMany({ where: { mountId: mount.id }, data: { desiredGeneration: 2 } })
    await waitFor('the new wish', async () => {
      // A look that is under way begins again by itself, and this one returns at once.
      await fleet.controller.reconciler.look(hostId)
      return (await stateOf(mount.id, hostId)) === 'mounted'
    })
  })

  test('a mount that fails is tried again with growing pauses, and the backoff ends with a success', async () => {
    const agent = await fleet.addHost()
    const { hostId } = agent
    await waitFor('the host', async () => (await hostStatus(hostId)) === 'online')
    agent.setFault({ kind: 'refuse', code: 'backend_unreachable' }, 'applyMount')
    const mount = await makeMount(database.prisma, { hostIds: [hostId] })
    await fleet.controller.reconciler.look(hostId)
    // A look at a slow host goes on without us.
    await waitFor('the first attempt', async () => (await rowOf(mount.id, hostId))?.attempts === 1)
    expect(await rowOf(mount.id, hostId)).toMatchObject({ observedState: 'error' })
    await fleet.controller.reconciler.look(hostId)
    expect((await rowOf(mount.id, hostId))?.attempts).toBe(1)
    agent.setFault(null)
    await database.prisma.mountOnHost.updateMany({ where: { mountId: mount.id }, data: { nextAttemptAt: new Date(0) } })
    await fleet.controller.reconciler.look(hostId)
    await waitFor('the second attempt', async () => (await rowOf(mount.id, hostId))?.attempts === 0)
    expect(await rowOf(mount.id, hostId)).toMatchObject({ nextAttemptAt: null, observedState: 'mounted' })
  })

  test('a revoked host is cut off at once, event stream included, and never asked again', async () => {
    const agent = await fleet.addHost()
    const { hostId } = agent
    await waitFor('the host', async () => (await hostStatus(hostId)) === 'online')
    await database.prisma.host.update({ where: { id: hostId }, data: { revokedAt: new Date() } })
    fleet.controller.bus.publish({ topic: 'host', id: hostId, kind: 'changed' })
    await fleet.controller.directory.refresh()
    expect(fleet.controller.directory.get(hostId)).toBeUndefined()
    await waitFor('the connections to be cut', () => agent.connections() === 0)
  })

  test('certificates are renewed when half of their life is over', async () => {
    const agent = await fleet.addHost()
    const { hostId } = agent
    await waitFor('the host', async () => (await hostStatus(hostId)) === 'online')
    const host = fleet.controller.directory.get(hostId)
    if (!host) throw new Error('no host')
    const before = agent.certificate()
    await fleet.controller.care.renewIfDue({ ...host, certificateNotAfter: new Date(Date.now() + 20 * 86_400_000) })
    expect(agent.certificate()).toBe(before)
    await fleet.controller.care.renewIfDue({ ...host, certificateNotAfter: new Date(Date.now() + 10 * 86_400_000) })
    expect(agent.certificate()).not.toBe(before)
    const row = await database.prisma.host.findUniqueOrThrow({ where: { id: hostId } })
    expect(row.certificateNotAfter?.getTime()).toBeGreaterThan(Date.now() + 29 * 86_400_000)
    await fleet.controller.renewOwnCertificates(true)
    expect(await fleet.controller.sweep.ask(host)).toBe(true)
  })
})
