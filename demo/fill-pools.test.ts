import { describe, expect, it, onTestFinished } from 'vitest'
import { ROUTES } from '@/app/api/v1/openapi.json/route-list'
import { DemoApi } from '@/demo/api'
import { DemoPools } from '@/demo/fill-pools'
import { demoHosts } from '@/demo/hosts'
import {
  DEMO_COPY,
  DEMO_CUT_OFF,
  DEMO_EXPORT,
  DEMO_LOST,
  DEMO_MOVE,
  DEMO_POOLS,
  DEMO_UNKNOWN,
  DEMO_UPLOAD,
} from '@/demo/pools'
import { DEMO_BACKENDS } from '@/demo/storages'
import { VolumeWorkResult } from '@/lib/agent-protocol/pools'
import { DRIVER_IDS } from '@/lib/drivers/registry'
import type { FileView, UploadView } from '@/lib/files/schema'
import { NEARLY_FULL_PERCENT } from '@/lib/fullness'
import type { HttpMethod } from '@/lib/http/openapi'
import type { OperationView } from '@/lib/operations/schema'
import type { PoolView } from '@/lib/pools/schema'
import type { VolumeScheduleView } from '@/lib/snapshots/schema'
import type { VolumeRow, VolumeView } from '@/lib/volumes/schema'
import type { UnknownVolumeView } from '@/lib/volumes/unknown/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { useTestDatabase } from '@/testing/database'
import { addressOf, SimulatedStorages } from '@/testing/simulated-storages'
import { waitFor } from '@/testing/wait'

/** Hosts with pools, and no others. */
function hostsOfPools() {
  return demoHosts(DRIVER_IDS).filter(({ name, labels }) =>
    DEMO_POOLS.some(({ targets }) =>
      Array.isArray(targets)
        ? targets.includes(name)
        : Object.entries(targets).every(([key, value]) => labels[key] === value),
    ),
  )
}

/** The routes as a server has them. */
async function send(url: string, init: RequestInit): Promise<Response> {
  const { pathname } = new URL(url)
  for (const [pattern, routes] of Object.entries(ROUTES)) {
    const match = new RegExp(`^${pattern.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`).exec(pathname)
    const route = match && routes[init.method as HttpMethod]
    if (route) return route(new Request(url, init), { params: Promise.resolve({ ...match.groups }) })
  }
  return Response.json({ detail: 'there is no such route' }, { status: 404 })
}

describe('the pools of the demo', () => {
  const database = useTestDatabase()
  const api = useTestApi(database)
  const fleet = useTestFleet(database)

  it('are of every kind, with what goes on in them', async () => {
    const sizes = new Map(DEMO_BACKENDS.map(({ config, size }) => [addressOf({ config }), size]))
    const storages = new SimulatedStorages({
      usage(backend) {
        const { total = 0, used = 0 } = sizes.get(addressOf(backend)) ?? {}
        return { totalBytes: total, usedBytes: used, availableBytes: total - used, fileCount: null }
      },
    })
    storages.set('nas-old.example.net', 'denied')
    const hosts = hostsOfPools()
    const made = await fleet().addHosts(hosts, { storages })
    const agents = new Map(hosts.flatMap(({ name }, index) => (made[index] ? [[name, made[index]] as const] : [])))
    const token = await api.token('admin')
    const demo = new DemoApi('https://demo.test', token, send)
    const backends = new Map<string, string>()
    for (const { name, type, config } of DEMO_BACKENDS)
      backends.set(name, (await demo.post<{ id: string }>('/storage/backends', { name, type, config })).id)

    const pools = new DemoPools(demo, { agents, storages, mounts: new Map() }, database.prisma)
    onTestFinished(() => pools.stop())
    await pools.start(backends)

    const listed = async () => (await demo.list<PoolView>('/storage/pools')).data
    const named = async (name: string) => {
      const pool = (await listed()).find((one) => one.name === name)
      if (!pool) throw new Error(`there is no pool ${name}`)
      return pool
    }
    const phases = async () => new Set((await listed()).map(({ phase }) => phase))
    await waitFor('the host that is cut off', async () => (await named(DEMO_CUT_OFF.pool)).phase === 'DEGRADED')
    await waitFor('the pool that is denied', async () => (await phases()).has('ERROR'))
    expect(await phases()).toEqual(new Set(['READY', 'DEGRADED', 'ERROR']))
    expect(new Set((await listed()).map(({ engine }) => engine))).toEqual(new Set(['image-files', 'lvm', 'rbd']))
    expect(new Set((await listed()).map(({ sharing }) => sharing))).toEqual(new Set(['own', 'shared', 'one_host']))
    const fullness = (await listed()).map(
      ({ used_bytes: used, total_bytes: total }) => (100 * (used ?? 0)) / (total ?? 1),
    )
    expect(Math.max(...fullness)).toBeGreaterThan(NEARLY_FULL_PERCENT)

    const volumes = (await demo.list<VolumeRow>('/volumes?limit=1000')).data
    const asked = DEMO_POOLS.flatMap((pool) => pool.volumes.filter(({ isTrashed }) => !isTrashed))
    const own = volumes.filter(({ base_of: base }) => base === null)
    expect(own.map(({ name }) => name).sort()).toEqual([...asked.map(({ name }) => name), DEMO_COPY.name].sort())
    expect(volumes.filter(({ operation }) => operation !== null).map(({ name }) => name)).toContain(DEMO_COPY.name)
    const gone = (await demo.list<VolumeRow>('/volumes?phase=TRASHED')).data
    expect(gone.find(({ name }) => name === DEMO_MOVE.of)?.moved_to).toMatchObject({ pool_name: DEMO_MOVE.to })

    expect(volumes.filter(({ base_of: base }) => base !== null)).toMatchObject([
      { base_of: 'debian-13-genericcloud.qcow2', pool_name: 'vms-fra1' },
    ])
    await waitFor('the pool that is lost', async () => (await named(DEMO_LOST.pool)).phase === 'ERROR')
    const unknown = `/storage/pools/${(await named(DEMO_UNKNOWN.pool)).id}/unknown-volumes`
    await waitFor(
      'the unknown volumes',
      async () => (await demo.list<UnknownVolumeView>(unknown)).data.length === DEMO_UNKNOWN.volumes.length,
    )
    const { data: uploads } = await demo.list<UploadView>(
      `/storage/pools/${(await named(DEMO_UPLOAD.pool)).id}/uploads`,
    )
    expect(uploads).toMatchObject([{ path: DEMO_UPLOAD.path, offset: DEMO_UPLOAD.sent, status: 'open' }])
    const { data: done } = await demo.list<OperationView>('/operations?kind=volume.work')
    const exported = done.find(({ target }) => target?.name === DEMO_EXPORT.of)
    const { download } =
      VolumeWorkResult.parse((await demo.get<OperationView>(`/operations/${exported?.id}`)).result).exported ?? {}
    const content = await send(
      `https://demo.test/api/v1/storage/pools/${download?.poolId}/files/download?path=${download?.path}`,
      { method: 'GET', headers: { authorization: `Bearer ${token}` } },
    )
    expect((await content.bytes()).length).toBe(262_144)

    for (const { name, takenBefore } of asked) {
      if (takenBefore === undefined) continue
      const { id } = volumes.find((volume) => volume.name === name) ?? {}
      const { snapshots } = await demo.get<VolumeView>(`/volumes/${id}`)
      expect(
        snapshots.filter((one) => one.is_scheduled && one.is_ready),
        name,
      ).toHaveLength(takenBefore)
      expect(
        snapshots.every((one) => Date.parse(one.created_at) < Date.now()),
        name,
      ).toBe(true)
      const schedule = await demo.get<VolumeScheduleView>(`/volumes/${id}/snapshot-schedule`)
      expect(schedule, name).toMatchObject({ failures: 0, last_run_at: snapshots.at(-1)?.created_at })
      expect(Date.parse(schedule.next_run_at ?? ''), name).toBeGreaterThan(Date.now())
      expect(schedule.kept, name).toHaveLength(takenBefore)
    }

    const files = `/storage/pools/${(await named('vms-fra1')).id}/files`
    const { data } = await demo.list<FileView>(files)
    expect(data.map(({ name }) => name)).toEqual(expect.arrayContaining(['iso', 'cloud-init', 'README.txt']))
    const disk = volumes.find(({ name }) => name === 'mail-root')
    const inside = (await demo.list<FileView>(`${files}?path=${disk?.id}`)).data
    expect(inside.map(({ used_by: by }) => by?.kind)).toEqual(['volume', 'snapshot', 'pool'])
  })
})
