import { expect, it, vi } from 'vitest'
import { POST as cancel } from '@/app/api/v1/operations/[id]/cancel/route'
import { POST as rollback } from '@/app/api/v1/operations/[id]/rollback/route'
import { testDatabases } from '@/testing/database'
import { makeMount } from '@/testing/factories'
import { HOSTS, useRollouts, WAVES } from '@/testing/rollouts'
import { waitFor } from '@/testing/wait'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

testDatabases('a move in waves', (database) => {
  const { agents, agent, get, settled, idOf, make, patch, decide, waveIds, stateOn } = useRollouts(database)

  it('moves mounts in waves, and a rollback brings those back that had moved', async () => {
    const { view } = await make()
    const { id, mount_point: old } = view
    await waitFor('the mounts', async () => (await get(id)).status === 'mounted', 20_000)
    const place = `${old}-moved`
    const placeOf = (hostId: string) =>
      agent(hostId)
        .mounts()
        .find(({ mountId }) => mountId === id)?.mountPoint
    const placed = (at: string) => [...agents.keys()].filter((hostId) => placeOf(hostId) === at)
    const first = await settled(idOf(await patch(id, { read_only: true, rollout: WAVES })))
    const [[canary = ''] = [], [second = ''] = []] = waveIds(first)
    const refusing = agent(second)
    refusing.setFault({ kind: 'refuse', code: 'policy_denied' }, 'applyMount')
    const stopped = await settled(idOf(await patch(id, { mount_point: place, rollout: WAVES })))
    expect(stopped).toMatchObject({ status: 'paused' })
    expect([placed(old).length, placeOf(canary), placeOf(second)]).toEqual([HOSTS - 2, place, old])
    refusing.setFault(null)
    const other = await makeMount(database.prisma, { mountPoint: old })
    await database.prisma.mountOnHost.create({ data: { mountId: other.id, hostId: canary } })
    expect((await decide(rollback, stopped.id)).problem()).toMatchObject({ taken_by: { id: other.id } })
    await database.prisma.mount.delete({ where: { id: other.id } })
    await decide(rollback, stopped.id)
    expect((await settled(stopped.id)).rollout?.outcome).toBe('rolled_back')
    expect(await get(id)).toMatchObject({ mount_point: old })
    await waitFor('the mounts to be back', async () => placed(old).length === HOSTS, 20_000)
  })

  it('leaves mounts where they are on the hosts that a stopped move has not reached', async () => {
    const { view } = await make()
    const { id, mount_point: old } = view
    await waitFor('the mounts', async () => (await get(id)).status === 'mounted', 20_000)
    const place = `${old}-moved`
    for (const each of agents.values()) each.setFault({ kind: 'refuse', code: 'policy_denied' }, 'applyMount')
    const stopped = await settled(idOf(await patch(id, { mount_point: place, rollout: WAVES })))
    const [[canary = ''] = []] = waveIds(stopped)
    for (const each of agents.values()) each.setFault(null)
    await decide(cancel, stopped.id)
    await waitFor('the canary to move', async () => (await stateOn(id, canary))?.status === 'mounted', 20_000)
    const after = await get(id)
    expect(after.mount_point).toBe(place)
    expect(after.hosts.filter((host) => host.mount_point === old && host.overrides?.mount_point === old)).toHaveLength(
      HOSTS - 1,
    )
    expect(after.hosts.find((host) => host.host_id === canary)).toMatchObject({ mount_point: place, overrides: null })
  })
})
