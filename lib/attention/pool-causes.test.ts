import { expect, it } from 'vitest'
import type { Cause } from '@/lib/attention/cause'
import { findCauses } from '@/lib/attention/causes'
import { countsOf, linesOf } from '@/lib/attention/lines'
import type { Prisma } from '@/lib/db/client'
import { newId } from '@/lib/ids'
import { testDatabases } from '@/testing/database'
import { makeBackend, makeHost, makeMount } from '@/testing/factories'

type Seen = Omit<Prisma.PoolOnHostUncheckedCreateWithoutPoolInput, 'hostId'>

const READY: Seen = { observedState: 'ready', observedGeneration: 1 }
const REFUSED: Seen = {
  observedState: 'error',
  observedError: 'The mark of the pool is not there. Another storage lies in its place.',
  attempts: 2,
}

testDatabases('attention for pools', (database) => {
  async function clear() {
    await database.prisma.volume.deleteMany()
    await database.prisma.pool.deleteMany()
    await database.prisma.mount.deleteMany()
    await database.prisma.backend.deleteMany()
    await database.prisma.host.deleteMany()
  }
  const host = (name: string, over: Partial<Prisma.HostUncheckedCreateInput> = {}) =>
    makeHost(database.prisma, { name, observedStatus: 'online', ...over })
  async function pool(
    name: string,
    seen: Record<string, Seen>,
    over: Partial<Prisma.PoolUncheckedCreateInput> & { backendId?: string } = {},
  ) {
    const backendId = over.backendId ?? (await makeBackend(database.prisma, { name: `backend of ${name}` })).id
    const hosts = Object.entries(seen).map(([hostId, data]) => ({ hostId, ...data }))
    return database.prisma.pool.create({
      data: { id: newId('pool'), name, settings: {}, ...over, backendId, hosts: { create: hosts } },
    })
  }
  const volume = (poolId: string, name: string, phase: 'ready' | 'missing' | 'error', observedError?: string) =>
    database.prisma.volume.create({
      data: {
        id: newId('volume'),
        poolId,
        name,
        nameKey: name,
        phase,
        format: 'qcow2',
        provisioning: 'thin',
        sizeBytes: 2n ** 30n,
        ...(observedError ? { observedError } : {}),
      },
    })
  const found = () => findCauses(new Date(), database.prisma)
  const said = (causes: readonly Cause[]) =>
    causes.map(({ severity, subject, what }) => `${severity} ${subject.kind} ${subject.name}${what}`)
  const counts = (causes: readonly Cause[]) => countsOf(linesOf(causes, new Map(), new Date()))

  it('says nothing of pools that are well, of what was closed, and of hosts that do not answer', async () => {
    await clear()
    const [a, b] = [await host('a'), await host('b', { observedStatus: 'offline' })]
    const { id } = await pool('well', { [a.id]: { ...READY, totalBytes: 100n, usedBytes: 84n, metadataPercent: 84 } })
    await volume(id, 'fine', 'ready')
    await pool('closing', { [a.id]: { ...REFUSED, desired: 'closed' } })
    await pool('away', { [b.id]: REFUSED })
    expect((await found()).map(({ kind }) => kind)).toEqual(['host_away'])
  })

  it('tells a pool once, worse when it can be used nowhere', async () => {
    await clear()
    const [a, b, c] = [await host('a'), await host('b'), await host('c')]
    await pool('vms', { [a.id]: REFUSED, [b.id]: REFUSED, [c.id]: READY })
    await pool('scratch', { [a.id]: REFUSED })
    const causes = await found()
    expect(said(causes).sort()).toEqual([
      'critical pool scratch: The mark of the pool is not there.',
      'warning pool vms: The mark of the pool is not there.',
    ])
    expect(causes.find(({ subject }) => subject.name === 'vms')?.hosts.size).toBe(2)
    expect(counts(causes)).toMatchObject({ pools: 2, mounts: 0, backends: 0 })
  })

  it.each([
    ['says so', REFUSED],
    ['waits for it', {}],
  ])('leaves it to the mount below that fails when the pool %s, and counts the pool with it', async (_what, seen) => {
    await clear()
    const a = await host('a')
    const backend = await makeBackend(database.prisma, {
      name: 'nas',
      driver: 'nfs',
      config: { server: 'nas', export_path: '/a' },
    })
    const mount = await makeMount(database.prisma, { name: 'pool-vms', backendId: backend.id, hostIds: [a.id] })
    await database.prisma.mountOnHost.updateMany({
      data: {
        observedState: 'hung',
        observedError: 'It does not answer.',
        observedProblem: 'mount.hung',
        observedGeneration: 1,
      },
    })
    await pool('vms', { [a.id]: seen }, { backendId: backend.id, mountId: mount.id })
    const causes = await found()
    expect(causes.map(({ kind }) => kind)).toEqual(['storage'])
    expect(counts(causes)).toMatchObject({ pools: 1, mounts: 1 })
  })

  it('tells what is nearly full, of several hosts the fullest, and metadata apart', async () => {
    await clear()
    const [a, b] = [await host('a'), await host('b')]
    await pool('disks', {
      [a.id]: { ...READY, totalBytes: 100n, usedBytes: 91n, availableBytes: 9n },
      [b.id]: { ...READY, totalBytes: 100n, usedBytes: 97n, availableBytes: 3n },
    })
    await pool('thin', { [a.id]: { ...READY, dataPercent: 40, metadataPercent: 96.2 } })
    const causes = await found()
    expect(said(causes).sort()).toEqual([
      'critical pool disks is 97 % full',
      'critical pool thin: the metadata of its thin pool is 96 % full',
    ])
    expect([...(causes.find(({ subject }) => subject.name === 'disks')?.hosts ?? [])]).toEqual([b.id])
  })

  it('tells which pools run out of inodes, and not twice what its backend says', async () => {
    await clear()
    const [a, b] = [await host('a'), await host('b')]
    const few = { ...READY, totalInodes: 1_000n, usedInodes: 965n }
    await pool('images', { [a.id]: few, [b.id]: { ...READY, totalInodes: 1_000n, usedInodes: 100n } })
    const backend = await makeBackend(database.prisma, { name: 'nas', totalInodes: 1_000n, usedInodes: 965n })
    const { id } = await pool('shared', { [a.id]: few }, { backendId: backend.id })
    const causes = await found()
    expect(said(causes).sort()).toEqual([
      'critical backend nas has 97 % of its inodes in use',
      'critical pool images has 97 % of its inodes in use',
    ])
    expect(causes.flatMap(({ pools }) => [...pools])).toContain(id)
  })

  it('does not say twice that a backend is full', async () => {
    await clear()
    const a = await host('a')
    const backend = await makeBackend(database.prisma, {
      name: 'nas',
      totalBytes: 100n,
      usedBytes: 90n,
      availableBytes: 10n,
    })
    const seen = { ...READY, totalBytes: 100n, usedBytes: 90n, availableBytes: 10n }
    await pool('vms', { [a.id]: seen }, { backendId: backend.id })
    const causes = await found()
    expect(said(causes)).toEqual(['warning backend nas is 90 % full'])
    expect(counts(causes)).toMatchObject({ backends: 1, pools: 1 })
  })

  it('names a volume that is gone, and of several how many there are', async () => {
    await clear()
    const a = await host('a')
    const { id } = await pool('vms', { [a.id]: READY })
    await volume(id, 'web', 'error', 'Its chain leads out of the pool. Nothing was opened.')
    await volume(id, 'db-1', 'missing')
    const one = await found()
    expect(said(one).sort()).toEqual([
      'critical volume db-1 is not in its pool any more',
      'critical volume web: Its chain leads out of the pool.',
    ])
    await volume(id, 'db-2', 'missing')
    const two = await found()
    expect(said(two)).toContain('critical pool vms: 2 volumes are not there any more: db-1 and db-2')
    expect(counts(two)).toMatchObject({ volumes: 3, pools: 0 })
    const of = (causes: readonly Cause[], phase: string) =>
      causes.find(({ key }) => key === `pool:${id}:volumes:${phase}`)
    expect([one, two].map((causes) => of(causes, 'missing')?.members.size)).toEqual([1, 2])
  })

  it('tells a pool that has promised more than it may, and not one without a limit', async () => {
    await clear()
    const { id } = await host('promises')
    const GIB = 2n ** 30n
    const seen = { ...READY, capacityAt: new Date(), totalBytes: 2n * GIB, usedBytes: GIB, availableBytes: GIB }
    const limited = await pool('limited', { [id]: seen }, { overcommitLimit: 1.5 })
    const free = await pool('free', { [id]: seen })
    for (const name of ['a', 'b', 'c']) await volume(limited.id, name, 'ready')
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await volume(free.id, name, 'ready')
    expect(said(await found())).toEqual([])
    await volume(limited.id, 'd', 'ready')
    expect(said(await found())).toEqual([
      'warning pool limited has promised its volumes 2.0 times of what there is, more than the 1.5 that it may',
    ])
  })
})
