import { expect, it, vi } from 'vitest'
import { POST as cancel } from '@/app/api/v1/operations/[id]/cancel/route'
import { POST as resume } from '@/app/api/v1/operations/[id]/resume/route'
import { POST as rollback } from '@/app/api/v1/operations/[id]/rollback/route'
import { POST as duplicateBackend } from '@/app/api/v1/storage/backends/[id]/duplicate/route'
import { GET as getBackend, PATCH as patchBackend } from '@/app/api/v1/storage/backends/[id]/route'
import { DELETE, GET as getOne, PATCH } from '@/app/api/v1/storage/mounts/[id]/route'
import { POST as unmount } from '@/app/api/v1/storage/mounts/[id]/unmount/route'
import { POST as create } from '@/app/api/v1/storage/mounts/route'
import { BackendView } from '@/lib/backends/schema'
import { settleMembership } from '@/lib/mounts/membership'
import { MountView } from '@/lib/mounts/schema'
import { OperationView } from '@/lib/operations/schema'
import { useTestApi } from '@/testing/api'
import { testDatabases } from '@/testing/database'
import { makeBackend, makeHost, makeMount } from '@/testing/factories'
import { HOSTS, useRollouts, WAVES } from '@/testing/rollouts'
import { waitFor } from '@/testing/wait'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

testDatabases('rollouts', { postgres: 'full' }, (database) => {
  const {
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
  } = useRollouts(database)

  const configOf = async (id: string) =>
    (await database.prisma.backend.findUniqueOrThrow({ where: { id } })).config as Record<string, unknown>

  it('goes out wave after wave, and none begins before the one before it is over', async () => {
    await hosts()
    for (const each of agents.values()) each.setFault({ kind: 'slow', delayMs: 30 }, 'applyMount')
    const { answer, view } = await make({ rollout: WAVES })
    const done = await settled(idOf(answer))
    expect(done).toMatchObject({ status: 'succeeded', rollout: { outcome: 'completed', wave: 3 } })
    expect(waveIds(done).map((ids) => ids.length)).toEqual([1, 2, 9])
    const rows = await database.prisma.operationHost.findMany({ where: { operationId: done.id } })
    const times = (ids: string[], key: 'startedAt' | 'finishedAt') =>
      rows.filter((row) => ids.includes(row.hostId)).map((row) => row[key]?.getTime() ?? Number.NaN)
    const [first = [], second = [], third = []] = waveIds(done)
    expect(Math.max(...times(first, 'finishedAt'))).toBeLessThanOrEqual(Math.min(...times(second, 'startedAt')))
    expect(Math.max(...times(second, 'finishedAt'))).toBeLessThanOrEqual(Math.min(...times(third, 'startedAt')))
    const after = await get(view.id)
    expect(after.status).toBe('mounted')
    expect(after.hosts.map((host) => host.held_by)).toEqual(Array(HOSTS).fill(null))
    for (const hostId of agents.keys()) expect(told(hostId, view.id)).toBe(1)
    const stored = await database.prisma.operation.findUniqueOrThrow({ where: { id: done.id } })
    expect(stored).toMatchObject({ payload: {}, rollout: { before: null } })
  })

  it('holds a host that joins meanwhile as well', async () => {
    await hosts()
    const { id, view } = await stoppedAtCanary({ host_ids: undefined, global: true })
    const late = await makeHost(database.prisma)
    const settle = () => database.prisma.$transaction((tx) => settleMembership(tx, { hostId: late.id }))
    await settle()
    expect(await stateOn(view.id, late.id)).toMatchObject({ held_by: id, desired_state: 'mounted' })
    await decide(rollback, id)
    await settled(id)
    await settle()
    expect(await stateOn(view.id, late.id)).toMatchObject({ held_by: null, desired_state: 'mounted' })
    await database.prisma.host.update({ where: { id: late.id }, data: { revokedAt: new Date() } })
    await settle()
  })

  it('stops by itself, holds the other hosts, blocks a second change, and goes on when resumed', async () => {
    const { id, stopped, view, canary, others, untouched } = await stoppedAtCanary()
    expect(stopped).toMatchObject({ status: 'paused', error: { message: expect.stringContaining('wave 1 of 3') } })
    expect(stopped.hosts.filter((host) => host.status === 'queued')).toHaveLength(HOSTS - 1)
    for (const hostId of others) await fleet().controller.reconciler.look(hostId)
    expect(untouched()).toEqual(others)
    const held = await get(view.id)
    expect(
      held.hosts
        .filter((host) => host.held_by === id)
        .map((host) => host.host_id)
        .sort(),
    ).toEqual([...others].sort())
    const second = await patch(view.id, { auto_mount: false })
    expect(second.status).toBe(409)
    expect(second.problem()).toMatchObject({ code: 'operation_in_progress', operation: { id, status: 'paused' } })
    expect(second.problem().detail).toContain(id)
    const ofBackend = await api.call('operator', patchBackend, 'PATCH', {
      params: { id: view.backend.id },
      body: { config: { ...(await configOf(view.backend.id)), noexec: true } },
    })
    expect(ofBackend.problem().detail).toContain(id)

    await decide(resume, id)
    const done = await settled(id)
    expect(done).toMatchObject({ status: 'succeeded', error: null })
    expect(await stateOn(view.id, canary)).toMatchObject({ options: expect.stringContaining('ro') })
    expect((await get(view.id)).hosts.every((host) => host.options?.includes('ro'))).toBe(true)
    expect((await decide(resume, id)).status).toBe(409)
  })

  it('leaves the failed ones when told to, and goes on with the next wave', async () => {
    const { id, view, canary } = await stoppedAtCanary()
    agent(canary).setFault({ kind: 'refuse', code: 'busy', message: 'Held by bash.' }, 'applyMount')
    await decide(resume, id, { failed: 'skip' })
    const done = await settled(id)
    expect(done.status).toBe('partial')
    expect(done.hosts.find((host) => host.host_id === canary)?.status).toBe('failed')
    const rows = (await get(view.id)).hosts
    expect(rows.filter((host) => host.options?.includes('ro'))).toHaveLength(HOSTS - 1)
  })

  it('rolls back: reached hosts return to the old definition, the others never hear of it', async () => {
    const { id, view, canary, others, untouched } = await stoppedAtCanary()
    await decide(rollback, id)
    const done = await settled(id)
    expect(done).toMatchObject({ status: 'cancelled', rollout: { outcome: 'rolled_back' } })
    expect(await get(view.id)).toMatchObject({ read_only: false, status: 'mounted' })
    expect((await stateOn(view.id, canary))?.options).toMatch(/^rw/)
    for (const hostId of others) await fleet().controller.reconciler.look(hostId)
    expect(untouched()).toEqual(others)
    expect((await get(view.id)).hosts.map((host) => host.held_by)).toEqual(Array(HOSTS).fill(null))
    const again = await patch(view.id, { read_only: true })
    expect((await settled(idOf(again))).status).toBe('succeeded')
  })

  it('is decided by one of two who decide at once', async () => {
    const { id } = await stoppedAtCanary()
    const answers = await Promise.all([decide(resume, id), decide(rollback, id), decide(resume, id)])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409])
    const decided = { action: { in: ['operation.resumed', 'operation.rolled_back'] }, targetId: id }
    expect(await database.prisma.auditEntry.count({ where: decided })).toBe(1)
    await settled(id)
  })

  it('stays where it is when it is cancelled', async () => {
    const { id, view, canary, others, untouched } = await stoppedAtCanary()
    const answer = await decide(cancel, id)
    expect(answer.data(OperationView)).toMatchObject({ status: 'cancelled', rollout: { outcome: 'stopped' } })
    await waitFor(
      'the canary to get the change',
      async () => (await stateOn(view.id, canary))?.options?.startsWith('ro'),
      20_000,
    )
    for (const hostId of others) await fleet().controller.reconciler.look(hostId)
    expect(untouched()).toEqual(others)
    expect(await get(view.id)).toMatchObject({ read_only: true })
    expect((await stateOn(view.id, others[0] ?? ''))?.options).toMatch(/^rw/)
  })

  it('cannot stay where it is when the mount repairs whatever differs', async () => {
    const { id, view } = await stoppedAtCanary()
    await database.prisma.mount.update({ where: { id: view.id }, data: { onDrift: 'repair' } })
    expect((await decide(cancel, id)).problem().detail).toContain('roll it back')
    await decide(rollback, id)
    expect((await settled(id)).status).toBe('cancelled')
  })

  it('does not count a host that is away as failed, and has it follow', async () => {
    const ids = await hosts()
    const gone = agent(ids[0])
    const port = gone.port
    await gone.stop()
    const isOffline = { id: gone.hostId, observedStatus: { not: 'online' as const } }
    await waitFor(
      'the host to be away',
      async () => (await database.prisma.host.count({ where: isOffline })) === 1,
      30_000,
    )
    const { hostId } = gone
    const body = {
      name: 'away',
      backend_id: (await makeBackend(database.prisma)).id,
      host_ids: ids,
      rollout: WAVES,
    }
    const answer = await api.call('operator', create, 'POST', { body })
    const done = await settled(idOf(answer))
    expect(done).toMatchObject({ status: 'partial', error: { message: '1 host is away and follows.' } })
    expect(waveIds(done).at(-1)).toContain(hostId)
    expect(done.hosts.find((host) => host.host_id === hostId)?.status).toBe('waiting')
    agents.set(hostId, await fleet().startAgent(hostId, { port }))
    const { id } = answer.data(MountView)
    await waitFor('the host to follow', async () => (await stateOn(id, hostId))?.state === 'mounted', 30_000)
    await hosts()
  })

  it('rolls back a new mount by removing it, and a removal by mounting again', async () => {
    const ids = await hosts()
    for (const each of agents.values()) each.setFault({ kind: 'refuse', code: 'backend_unreachable' }, 'applyMount')
    const { answer, view } = await make({ rollout: WAVES })
    const stopped = await settled(idOf(answer))
    expect(stopped.status).toBe('paused')
    for (const each of agents.values()) each.setFault(null)
    await decide(rollback, stopped.id)
    await settled(stopped.id)
    expect((await api.call('viewer', getOne, 'GET', { params: { id: view.id } })).status).toBe(404)
    const [canary, ...others] = waveIds(stopped).flat()
    expect(others.map((hostId) => told(hostId, view.id))).toEqual(others.map(() => 0))
    expect(
      agent(canary)
        .mounts()
        .filter((mount) => mount.mountId === view.id),
    ).toEqual([])

    const kept = (await make()).view
    const busy = agent(ids[5])
    busy.setFault({ kind: 'refuse', code: 'busy', message: 'Held.' }, 'removeMount')
    const waves = { waves: ['11', '100%'] }
    const removal = await settled(
      idOf(await api.call('operator', DELETE, 'DELETE', { params: { id: kept.id }, body: { rollout: waves } })),
    )
    expect(removal.status).toBe('paused')
    busy.setFault(null)
    await decide(rollback, removal.id)
    await settled(removal.id)
    await waitFor('the mount to be back', async () => (await get(kept.id)).status === 'mounted', 20_000)
    expect(await get(kept.id)).toMatchObject({ removing: false, hosts: { length: HOSTS } })
    for (const each of agents.values()) expect(each.mounts().map((mount) => mount.mountId)).toContain(kept.id)
  })

  it('unmounts in waves, and a cancelled one stays mounted where it was not reached', async () => {
    const { view } = await make()
    for (const each of agents.values()) each.setFault({ kind: 'refuse', code: 'busy', message: 'Held.' }, 'applyMount')
    const params = { id: view.id }
    const stopped = await settled(
      idOf(await api.call('operator', unmount, 'POST', { params, body: { rollout: WAVES } })),
    )
    expect(stopped.status).toBe('paused')
    for (const each of agents.values()) each.setFault(null)
    await decide(cancel, stopped.id)
    const rows = (await get(view.id)).hosts
    expect(rows.filter((host) => host.desired_state === 'mounted')).toHaveLength(HOSTS - 1)
    const done = await settled(
      idOf(
        await api.call('operator', unmount, 'POST', { params, body: { rollout: { ...WAVES, max_failures: '10%' } } }),
      ),
    )
    expect(done.status).toBe('succeeded')
    expect((await get(view.id)).status).toBe('unmounted')
  })

  it('changes a backend in waves over all of its mounts, and gives it its sealed secrets back', async () => {
    const ids = await hosts()
    const backend = await makeBackend(database.prisma, {
      driver: 's3',
      config: { provider: 'Minio', endpoint: 'http://s3.test:9000', bucket: 'films' },
      source: 's3.test:9000/films',
    })
    const setBackend = (body: unknown) =>
      api.call('operator', patchBackend, 'PATCH', { params: { id: backend.id }, body })
    const settings = await configOf(backend.id)
    const secrets = (key: string) => ({
      ...settings,
      access_key_id: 'FAKEKEYID',
      secret_access_key: `fake-${key}-for-tests-only`,
    })
    await setBackend({ config: secrets('old') })
    const one = (await make({ backend_id: backend.id, host_ids: ids.slice(0, 6) })).view
    const two = (await make({ backend_id: backend.id, host_ids: ids.slice(3) })).view
    const sealed = () =>
      database.prisma.backendSecret.findMany({
        where: { backendId: backend.id },
        orderBy: { field: 'asc' },
        select: { field: true, sealed: true, fingerprint: true },
      })
    const before = await sealed()
    for (const each of agents.values()) each.setFault({ kind: 'refuse', code: 'credentials_rejected' }, 'applyMount')
    const changed = await setBackend({ config: { ...secrets('new'), bucket: 'films' }, rollout: WAVES })
    expect(changed.status).toBe(200)
    const [found] = await database.prisma.operation.findMany({ where: { targetId: backend.id, kind: 'backend.apply' } })
    const stopped = await settled(found?.id ?? '')
    expect(stopped).toMatchObject({ status: 'paused', title: 'Apply backend' })
    expect(stopped.hosts.filter((host) => host.status === 'failed')).toHaveLength(1)
    expect(await sealed()).not.toEqual(before)
    expect((await patch(one.id, { read_only: true })).status).toBe(409)
    for (const each of agents.values()) each.setFault(null)
    await decide(rollback, stopped.id)
    expect((await settled(stopped.id)).status).toBe('cancelled')
    expect(await sealed()).toEqual(before)
    const stored = await database.prisma.operation.findUniqueOrThrow({ where: { id: stopped.id } })
    expect(stored.rollout).toMatchObject({ before: null })
    const view = (await api.call('viewer', getBackend, 'GET', { params: { id: backend.id } })).data(BackendView)
    expect(view.config).toMatchObject({ bucket: 'films' })
    expect(await get(two.id)).toMatchObject({ status: 'mounted' })

    await setBackend({ config: secrets('new'), rollout: WAVES })
    const [, good] = await database.prisma.operation.findMany({
      where: { targetId: backend.id, kind: 'backend.apply' },
      orderBy: { createdAt: 'asc' },
    })
    expect((await settled(good?.id ?? '')).status).toBe('succeeded')
    const last = agent(ids[4]).calls.findLast(({ operation }) => operation === 'applyMount')?.request
    expect(last).toMatchObject({ mount: { backend: { secrets: { secret_access_key: 'fake-new-for-tests-only' } } } })
  })

  it('gives a copy of a backend back its secrets as those of the original, which can still be opened', async () => {
    const ids = (await hosts()).slice(0, 2)
    const config = { provider: 'Minio', endpoint: 'http://s3.test:9000', bucket: 'films', access_key_id: 'FAKEKEYID' }
    const original = await makeBackend(database.prisma, { driver: 's3', config })
    await api.call('operator', patchBackend, 'PATCH', {
      params: { id: original.id },
      body: { config: { ...config, secret_access_key: 'fake-old-for-tests-only' } },
    })
    const copied = await api.call('operator', duplicateBackend, 'POST', {
      params: { id: original.id },
      body: { name: 'a copy to roll back' },
    })
    const { id } = copied.data(BackendView)
    await make({ backend_id: id, host_ids: ids })
    for (const each of agents.values()) each.setFault({ kind: 'refuse', code: 'credentials_rejected' }, 'applyMount')
    const body = { config: { ...config, secret_access_key: 'fake-new-for-tests-only' }, rollout: WAVES }
    await api.call('operator', patchBackend, 'PATCH', { params: { id }, body })
    const where = { targetId: id, kind: 'backend.apply' }
    const started = await database.prisma.operation.findFirstOrThrow({ where })
    const stopped = await settled(started.id)
    for (const each of agents.values()) each.setFault(null)
    await decide(rollback, stopped.id)
    expect((await settled(stopped.id)).status).toBe('cancelled')
    // Until the decision a host may ask for the new one once more, which is still wanted then.
    const last = ids.flatMap((id) => agent(id).calls.findLast(({ operation }) => operation === 'applyMount') ?? [])
    expect(last.length).toBeGreaterThan(0)
    for (const { request } of last)
      expect(request).toMatchObject({
        mount: { backend: { id, secrets: { secret_access_key: 'fake-old-for-tests-only' } } },
      })
  })

  it('is refused for what is no rollout, and for waves that are none', async () => {
    const { view } = await make()
    const plain = idOf(await patch(view.id, { auto_mount: false }))
    await settled(plain)
    expect((await decide(rollback, plain)).problem().detail).toContain('no rollout')
    expect((await decide(resume, 'op_none')).status).toBe(404)
    const bad = await patch(view.id, { read_only: true, rollout: { waves: ['0%'] } })
    expect(bad.problem().fields?.[0]?.field).toContain('rollout.waves')
  })
})

testDatabases('rollouts that no controller has taken yet', { postgres: 'full' }, (database) => {
  const api = useTestApi(database)

  it('are withdrawn as if they had never been asked for', async () => {
    const ids = await Promise.all(Array.from({ length: 3 }, async () => (await makeHost(database.prisma)).id))
    const backend = await makeBackend(database.prisma)
    const body = { name: 'withdrawn', backend_id: backend.id, host_ids: ids, rollout: WAVES }
    const made = await api.call('operator', create, 'POST', { body })
    const { operation } = made.body as { operation: { id: string } }
    const withdrawn = await api.call('operator', cancel, 'POST', { params: { id: operation.id } })
    expect(withdrawn.data(OperationView)).toMatchObject({ status: 'cancelled', rollout: { outcome: 'rolled_back' } })
    expect(await database.prisma.mount.count()).toBe(0)

    const mount = await makeMount(database.prisma, { hostIds: ids })
    const before = await database.prisma.mountOnHost.findMany({ orderBy: { hostId: 'asc' } })
    const params = { id: mount.id }
    const patched = await api.call('operator', PATCH, 'PATCH', { params, body: { read_only: true, rollout: WAVES } })
    const { id } = (patched.body as { operation: { id: string } }).operation
    expect((await api.call('operator', rollback, 'POST', { params: { id } })).status).toBe(409)
    await api.call('operator', cancel, 'POST', { params: { id } })
    expect(await database.prisma.mountOnHost.findMany({ orderBy: { hostId: 'asc' } })).toEqual(before)
    expect(await database.prisma.mount.findUnique({ where: params })).toMatchObject({ readOnly: false })
  })
})
