import { expect, it } from 'vitest'
import { z } from 'zod'
import { GET as search } from '@/app/api/v1/search/route'
import { newId } from '@/lib/ids'
import { SearchGroup } from '@/lib/search/schema'
import { useTestApi } from '@/testing/api'
import { testDatabases } from '@/testing/database'
import { makeBackend, makeHost, makeMount } from '@/testing/factories'

const Groups = z.array(SearchGroup)

testDatabases('search', (database) => {
  const api = useTestApi(database)
  const find = async (q: string, query = '') => {
    const answer = await api.call('viewer', search, 'GET', { query: `q=${encodeURIComponent(q)}${query}` })
    return answer.data(Groups)
  }

  it('finds by name, source, place, address and label, and says where', async () => {
    const { prisma } = database
    const backend = await makeBackend(prisma, { name: 'Films', source: 'nas7:/export/films', driver: 'nfs' })
    const mount = await makeMount(prisma, { name: 'cinema', backendId: backend.id, mountPoint: '/srv/cinema' })
    const host = await makeHost(prisma, { name: 'alpha', address: '192.0.2.7:7443', labels: { rack: 'north-4' } })
    const hit = { id: backend.id, name: 'Films', detail: 'nas7:/export/films', desired: null }
    const onIt = { id: mount.id, name: 'cinema', detail: 'nas7:/export/films', desired: 'mounted' }
    expect(await find('films')).toEqual([
      { kind: 'backend', total: 1, hits: [hit] },
      { kind: 'mount', total: 1, hits: [onIt] },
    ])
    expect(await find('CINE')).toEqual([{ kind: 'mount', total: 1, hits: [{ ...onIt, detail: '/srv/cinema' }] }])
    const found = { id: host.id, name: 'alpha', desired: null }
    expect(await find('192.0.2.7')).toEqual([
      { kind: 'host', total: 1, hits: [{ ...found, detail: '192.0.2.7:7443' }] },
    ])
    expect(await find('rack=north')).toEqual([{ kind: 'host', total: 1, hits: [{ ...found, detail: 'rack=north-4' }] }])
    expect(await find('nothing of this kind')).toEqual([])
  })

  it('finds containers and machines by name, host, image and what runs them', async () => {
    const { prisma } = database
    const host = await makeHost(prisma, { name: 'kube-7' })
    const row = { id: newId('workload'), hostId: host.id, target: 'docker', nativeId: '8dfafdbc', name: 'Shop-Web' }
    const rest = { nameKey: 'shop-web', state: 'running', image: 'nginx:1.27', storage: [], storageCount: 0 }
    await prisma.workload.create({ data: { ...row, ...rest, changedAt: new Date() } })
    for (const [words, detail] of [
      ['shop', 'kube-7'],
      ['nginx', 'nginx:1.27'],
      ['8dfa docker', '8dfafdbc'],
    ] as const) {
      const found = { id: row.id, name: 'Shop-Web', detail: expect.any(String), desired: null }
      expect(await find(words), detail).toEqual([{ kind: 'workload', total: 1, hits: [found] }])
    }
  })

  it('finds pools by their storage and volumes by their pool, and says which are in the trash', async () => {
    const { prisma } = database
    const backend = await makeBackend(prisma, { name: 'Disks', source: '/srv/machines' })
    const poolId = newId('pool')
    await prisma.pool.create({ data: { id: poolId, name: 'vms-berlin', backendId: backend.id, settings: {} } })
    const disk = { poolId, format: 'qcow2', provisioning: 'thin', sizeBytes: 1n } as const
    const [here, gone] = [newId('volume'), newId('volume')]
    await prisma.volume.create({ data: { ...disk, id: here, name: 'web-root', nameKey: 'web-root', phase: 'ready' } })
    await prisma.volume.create({ data: { ...disk, id: gone, name: 'web-old', nameKey: gone, phase: 'trashed' } })
    const pool = { id: poolId, name: 'vms-berlin', detail: '/srv/machines', desired: null }
    const inIt = { id: here, name: 'web-root', detail: 'vms-berlin', desired: null }
    const inTrash = { id: gone, name: 'web-old', detail: 'vms-berlin, in the trash', desired: null }
    expect(await find('machines')).toContainEqual({ kind: 'pool', total: 1, hits: [pool] })
    expect(await find('vms-berlin')).toEqual([
      { kind: 'pool', total: 1, hits: [pool] },
      { kind: 'volume', total: 2, hits: [inTrash, inIt] },
    ])
    expect(await find('web trash')).toEqual([{ kind: 'volume', total: 1, hits: [inTrash] }])
  })

  it('leaves out what the caller may not read, and refuses who may not search', async () => {
    const { prisma } = database
    await makeHost(prisma, { name: 'secluded' })
    await makeBackend(prisma, { name: 'secluded store' })
    const as = async (scopes: string[]) => {
      const headers = { authorization: `Bearer ${await api.token('admin', scopes)}` }
      return api.call('nobody', search, 'GET', { query: 'q=secluded', headers })
    }
    const all = await as(['api.read', 'hosts.read', 'backends.read'])
    expect(all.data(Groups).map(({ kind }) => kind)).toEqual(['host', 'backend'])
    expect((await as(['api.read', 'backends.read'])).data(Groups).map(({ kind }) => kind)).toEqual(['backend'])
    expect((await as(['hosts.read'])).status).toBe(403)
    expect((await api.call('nobody', search, 'GET', { query: 'q=x' })).status).toBe(401)
    expect((await api.call('viewer', search, 'GET', { query: `q=${'x'.repeat(201)}` })).status).toBe(400)
  })

  it('gives the best of thousands and counts the rest', async () => {
    const { prisma } = database
    await prisma.host.createMany({
      data: Array.from({ length: 5_000 }, (_, index) => ({
        id: newId('host'),
        name: `many-${index}`,
        address: `192.0.2.1:${index}`,
        labels: { rack: `r${index % 7}` },
      })),
    })
    const [group, ...others] = await find('many-4', '&limit=3')
    expect(others).toEqual([])
    expect(group).toMatchObject({ kind: 'host', total: 1_111 })
    expect(group?.hits.map(({ name }) => name)).toEqual(['many-4', 'many-40', 'many-41'])
  })
})
