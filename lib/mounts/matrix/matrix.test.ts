import { expect, it } from 'vitest'
import { GET as getHost } from '@/app/api/v1/hosts/[id]/route'
import { GET as getMount } from '@/app/api/v1/storage/mounts/[id]/route'
import { GET } from '@/app/api/v1/storage/mounts/matrix/route'
import type { Prisma } from '@/lib/db/client'
import { HostView } from '@/lib/hosts/schema'
import { newId } from '@/lib/ids'
import { MountMatrix } from '@/lib/mounts/matrix/matrix-schema'
import { MountView } from '@/lib/mounts/schema'
import { useTestApi } from '@/testing/api'
import { testDatabases } from '@/testing/database'
import { makeBackend, makeHost, makeMount } from '@/testing/factories'

testDatabases('storage/mounts/matrix', (database) => {
  const api = useTestApi(database)
  const read = async () => api.call('viewer', GET, 'GET', {})

  it('says of every cell what is there, what is wanted, since when, and what helps', async () => {
    const { prisma } = database
    const one = await makeHost(prisma, { name: 'web-1', labels: { site: 'fra' }, observedStatus: 'online' })
    const two = await makeHost(prisma, { name: 'web-2', revokedAt: new Date() })
    const gone = await makeHost(prisma, { name: 'web-3', revokedAt: new Date() })
    const config = { server: 'nas.example.org', export_path: '/films' }
    const backend = await makeBackend(prisma, { driver: 'nfs', config, source: 'nas.example.org:/films' })
    const mount = await makeMount(prisma, { name: 'films', backendId: backend.id, hostIds: [one.id, two.id] })
    await prisma.mountOnHost.update({
      where: { mountId_hostId: { mountId: mount.id, hostId: one.id } },
      data: {
        observedState: 'error',
        observedSince: new Date(1_700_000_000_000),
        observedError: 'The server does not answer.',
        observedProblem: 'network.timed_out',
        overrides: { config: { server: 'other.example.org' } },
      },
    })
    await prisma.mountOnHost.update({
      where: { mountId_hostId: { mountId: mount.id, hostId: two.id } },
      data: { removed: true, observedState: 'mounted' },
    })
    const { hosts, mounts, states, statuses, texts, cells } = (await read()).data(MountMatrix)
    expect(hosts.map(({ name }) => name)).toEqual(['web-1', 'web-2'])
    expect(hosts[0]).toMatchObject({ id: one.id, status: 'online', labels: { site: 'fra' } })
    expect(hosts.map(({ id }) => id)).not.toContain(gone.id)
    expect(mounts).toMatchObject([{ id: mount.id, type: 'nfs', mount_point: mount.mountPoint, removing: false }])
    const shown = cells.map(([host, number, state, wanted, since, error, advice, status]) => ({
      host: hosts[host]?.name,
      mount: mounts[number]?.name,
      state: states[state],
      status: statuses[status],
      wanted,
      since,
      error: error === null ? null : texts[error],
      advice: advice === null ? null : texts[advice],
    }))
    expect(shown).toContainEqual({
      host: 'web-1',
      mount: 'films',
      state: 'error',
      status: 'error',
      wanted: 1,
      since: 1_700_000_000,
      error: 'The server does not answer.',
      advice: expect.stringContaining('other.example.org'),
    })
    expect(shown).toContainEqual(
      expect.objectContaining({ host: 'web-2', state: 'mounted', status: 'unknown', wanted: 2, error: null }),
    )
  })

  it.each([
    ['silent', { observedStatus: 'offline' as const }],
    ['revoked', { observedStatus: 'online' as const, revokedAt: new Date() }],
  ])('says of a %s host the same as the list and the sums of the host: not known', async (name, how) => {
    const { prisma } = database
    const away = await makeHost(prisma, { name, ...how })
    const mount = await makeMount(prisma, { name: `far-${name}`, hostIds: [away.id] })
    await prisma.mountOnHost.update({
      where: { mountId_hostId: { mountId: mount.id, hostId: away.id } },
      data: { desiredState: 'mounted', observedState: 'mounted', observedGeneration: mount.generation },
    })
    const one = await api.call('viewer', getMount, 'GET', { params: { id: mount.id } })
    expect(one.data(MountView)).toMatchObject({ status: 'unknown', hosts: [{ state: 'mounted', status: 'unknown' }] })
    const host = await api.call('viewer', getHost, 'GET', { params: { id: away.id } })
    expect(host.data(HostView).mounts).toEqual({ wanted: 1, mounted: 0, failing: 0, unknown: 1 })
    const { mounts, statuses, cells } = (await read()).data(MountMatrix)
    const cell = cells.find(([, at]) => mounts[at]?.id === mount.id)
    expect(statuses[cell?.[7] ?? -1]).toBe('unknown')
  })

  it('marks what somebody has changed on a host, and not what is still on its way there', async () => {
    const { prisma } = database
    const [taken, later] = [await makeHost(prisma, { name: 'drift-1' }), await makeHost(prisma, { name: 'drift-2' })]
    const mount = await makeMount(prisma, { name: 'drifted', hostIds: [taken.id, later.id] })
    const generations = [
      [taken.id, mount.generation],
      [later.id, null],
    ] as const
    for (const [hostId, observedGeneration] of generations) {
      await prisma.mountOnHost.update({
        where: { mountId_hostId: { mountId: mount.id, hostId } },
        data: { desiredState: 'mounted', observedState: 'absent', observedGeneration },
      })
    }
    const { hosts, mounts, texts, drifts } = (await read()).data(MountMatrix)
    const shown = drifts.map(([host, at, kind, text]) => [hosts[host]?.name, mounts[at]?.name, kind, texts[text]])
    expect(shown).toEqual([['drift-1', 'drifted', 'unmounted', expect.stringContaining(mount.mountPoint)]])
  })

  it('stays small: what a dead server says on 200 hosts is sent once', async () => {
    const { prisma } = database
    const hosts = Array.from({ length: 200 }, (_, index) => ({
      id: newId('host'),
      name: `node-${index}`,
      address: '127.0.0.1:7443',
      labels: { site: `site-${index % 4}` },
    }))
    await prisma.host.createMany({ data: hosts })
    const { backendId } = await makeMount(prisma)
    const mounts = Array.from({ length: 20 }, (_, index) => ({
      id: newId('mount'),
      name: `matrix-${index}`,
      backendId,
      mountPoint: `/mnt/matrix-${index}`,
    }))
    await prisma.mount.createMany({ data: mounts })
    const cells = mounts.flatMap((mount, index) =>
      hosts.map(
        (host): Prisma.MountOnHostCreateManyInput => ({
          mountId: mount.id,
          hostId: host.id,
          observedState: index === 0 ? 'hung' : 'mounted',
          observedSince: new Date(),
          observedError: index === 0 ? 'The storage does not answer.' : null,
          observedProblem: index === 0 ? 'mount.hung' : null,
        }),
      ),
    )
    await prisma.mountOnHost.createMany({ data: cells })
    const answer = await read()
    const matrix = answer.data(MountMatrix)
    expect(matrix.cells.length).toBeGreaterThanOrEqual(4_000)
    expect(matrix.texts.filter((text) => text === 'The storage does not answer.')).toHaveLength(1)
    expect(JSON.stringify(answer.body).length).toBeLessThan(180_000)
  })
})
