import { expect, it, vi } from 'vitest'
import { z } from 'zod'
import { POST as cancelRoute } from '@/app/api/v1/operations/[id]/cancel/route'
import { GET as readBackend } from '@/app/api/v1/storage/backends/[id]/route'
import { GET as listBackends } from '@/app/api/v1/storage/backends/route'
import { PATCH as changePool, GET as readPool } from '@/app/api/v1/storage/pools/[id]/route'
import { GET as templatesRoute } from '@/app/api/v1/storage/pools/[id]/templates/route'
import { POST as makeVolume } from '@/app/api/v1/storage/pools/[id]/volumes/route'
import { POST as makePool } from '@/app/api/v1/storage/pools/route'
import { POST as flatten } from '@/app/api/v1/volumes/[id]/flatten/route'
import { DELETE as dropVolume, GET as readVolume } from '@/app/api/v1/volumes/[id]/route'
import type { TemplateContent } from '@/lib/agent-protocol/pools'
import { BackendView } from '@/lib/backends/schema'
import { PoolView, TemplateView } from '@/lib/pools/schema'
import { VolumeView } from '@/lib/volumes/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import { makeBackend } from '@/testing/factories'
import type { FakeAgent } from '@/testing/fake-agent'
import { waitFor } from '@/testing/wait'

vi.setConfig({ testTimeout: 60_000 })

const WAIT = { prefer: 'wait=20' }
const GIB = 1024 ** 3
const MODIFIED = '2026-11-20T08:00:00.000Z'
const FOUND = [
  { name: 'debian.qcow2', bytes: 1024 ** 2, modifiedAt: MODIFIED, format: 'qcow2', virtualBytes: 3 * GIB },
  { name: 'notes.txt', bytes: 12, modifiedAt: MODIFIED, format: null, virtualBytes: null },
  { name: 'win.vhdx', bytes: 2 * 1024 ** 2, modifiedAt: MODIFIED, format: 'vhdx', virtualBytes: null },
]

testDatabases('templates of pools', { postgres: 'full' }, (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)
  let counter = 0

  async function ready(over: object = {}): Promise<{ agent: FakeAgent; pool: PoolView }> {
    const agent = await fleet().addHost()
    const backend = await makeBackend(database.prisma)
    const body = { name: `images-${++counter}`, backend_id: backend.id, host_ids: [agent.hostId], ...over }
    const made = await api.call('operator', makePool, 'POST', { body, headers: WAIT })
    expect(made.status, made.text).toBe(201)
    return { agent, pool: made.data(PoolView) }
  }
  const read = async ({ id }: PoolView) =>
    (await api.call('viewer', readPool, 'GET', { params: { id } })).data(PoolView)
  const list = ({ id }: PoolView) => api.call('viewer', templatesRoute, 'GET', { params: { id } })
  const make = ({ id }: PoolView, body: object) =>
    api.call('operator', makeVolume, 'POST', { params: { id }, body, headers: WAIT })

  const volume = async (id = '') => (await api.call('viewer', readVolume, 'GET', { params: { id } })).data(VolumeView)
  const remove = (id: string) => api.call('admin', dropVolume, 'DELETE', { params: { id }, headers: WAIT })

  async function withTemplates(over: object = {}): Promise<{ agent: FakeAgent; pool: PoolView }> {
    const found = await ready(over)
    const { simulatedPools } = found.agent
    simulatedPools.contentOf(found.pool.id).templates.push(...FOUND)
    simulatedPools.override(found.pool.id, { templates: { count: 250, items: FOUND } })
    await vi.waitFor(async () => expect((await read(found.pool)).template_count).toBe(250), { timeout: 20_000 })
    return found
  }

  it('are listed as their host tells them, and counted for the pool and its backend', async () => {
    const { agent, pool } = await withTemplates({ settings: { templates_path: 'images/ready' } })
    const listed = await list(pool)
    expect(JSON.parse(listed.text)).toMatchObject({ total: 250 })
    expect(listed.data(z.array(TemplateView))).toMatchObject([
      { name: 'debian.qcow2', path: 'images/ready/debian.qcow2', virtual_bytes: 3 * GIB, is_image: true },
      { name: 'notes.txt', is_image: false, modified_at: MODIFIED },
      { name: 'win.vhdx', virtual_bytes: null, host_id: agent.hostId },
    ])
    const params = { id: pool.backend_id }
    const stats = async () => {
      const one = (await api.call('viewer', readBackend, 'GET', { params })).data(BackendView)
      const all = (await api.call('viewer', listBackends, 'GET', {})).data(z.array(BackendView))
      return [one, all.find(({ id }) => id === pool.backend_id)].map((view) => view?.stats.template_count)
    }
    expect(await stats()).toEqual([250, 250])
    agent.simulatedPools.override(pool.id, { templates: null })
    await vi.waitFor(async () => expect((await read(pool)).template_count).toBeNull(), { timeout: 20_000 })
    expect(await stats()).toEqual([null, null])
  })

  it('are the content of a new volume, which is as large as the disk in them', async () => {
    const { pool } = await withTemplates()
    const made = await make(pool, { name: 'web', source: { template: 'debian.qcow2' } })
    expect(made.status, made.text).toBe(201)
    expect(made.data(VolumeView)).toMatchObject({
      phase: 'READY',
      size_bytes: 3 * GIB,
      parent: null,
      origin: { from: 'template', mode: 'copy', name: 'debian.qcow2' },
    })
    const larger = await make(pool, { name: 'db', size: '5 GiB', source: { template: 'win.vhdx' } })
    expect(larger.data(VolumeView)).toMatchObject({ size_bytes: 5 * GIB })
    const smaller = await make(pool, { name: 'small', size: '1 GiB', source: { template: 'debian.qcow2' } })
    expect(smaller.problem()).toMatchObject({ code: 'invalid_input', fields: [{ field: 'size' }] })
    const none = await make(pool, { name: 'none', source: { template: 'fedora.qcow2' } })
    expect(none.problem()).toMatchObject({ code: 'invalid_input', fields: [{ field: 'source.template' }] })
  })

  it('are shared by volumes that are cloned from them, through one base that nobody writes to', async () => {
    const { agent, pool } = await withTemplates()
    const source = { template: 'debian.qcow2', mode: 'clone' }
    const small = await make(pool, { name: 'web', size: '2 GiB', source })
    expect(small.problem().fields?.[0]).toMatchObject({ field: 'size', message: expect.stringContaining('3.00 GiB') })
    const made = await Promise.all(['a', 'b', 'c'].map((name) => make(pool, { name, source })))
    expect(made.map(({ status }) => status)).toEqual([201, 201, 201])
    const clones = made.map((answer) => answer.data(VolumeView))
    const bases = [...new Set(clones.map(({ parent }) => parent?.volume_id ?? ''))]
    expect(bases).toHaveLength(1)
    for (const clone of clones)
      expect(clone).toMatchObject({
        phase: 'READY',
        size_bytes: 3 * GIB,
        format: 'qcow2',
        base_of: null,
        origin: { from: 'template', mode: 'clone', name: 'debian.qcow2', volume_id: bases[0] },
      })
    const base = await volume(bases[0])
    expect(base).toMatchObject({
      name: 'base-debian.qcow2',
      phase: 'READY',
      base_of: 'debian.qcow2',
      parent: null,
      origin: { from: 'template', mode: 'base', name: 'debian.qcow2' },
      snapshots: [{ name: 'content', is_ready: true }],
      children: [{ volume_name: 'a' }, { volume_name: 'b' }, { volume_name: 'c' }],
    })
    expect(Object.keys(base.refuses).sort()).toEqual(
      [
        'attach',
        'delete_snapshot',
        'flatten',
        'move',
        'purge',
        'resize',
        'restore',
        'snapshot',
        'trash',
        'untrash',
      ].sort(),
    )
    const larger = await make(pool, { name: 'web', size: '9 GiB', source })
    expect(larger.data(VolumeView)).toMatchObject({ size_bytes: 9 * GIB, parent: { volume_id: bases[0] } })
    expect((await volume(bases[0])).size_bytes).toBe(3 * GIB)
    const changed = { ...FOUND[0], name: 'debian.qcow2', modifiedAt: '2026-11-21T08:00:00.000Z' } as TemplateContent
    agent.simulatedPools.contentOf(pool.id).templates.splice(0, 1, changed)
    agent.simulatedPools.override(pool.id, { templates: { count: 1, items: [changed] } })
    await vi.waitFor(async () => expect((await read(pool)).template_count).toBe(1), { timeout: 20_000 })
    const newer = await make(pool, { name: 'd', source })
    expect(newer.status, newer.text).toBe(201)
    const { parent } = newer.data(VolumeView)
    expect(parent).toMatchObject({ volume_name: 'base-debian.qcow2-2', snapshot_name: 'content' })
    const kept = await remove(parent?.volume_id ?? '')
    expect(kept.problem()).toMatchObject({ code: 'in_use' })
    const params = { id: newer.data(VolumeView).id }
    await api.call('operator', flatten, 'POST', { params, headers: WAIT })
    const deleted = await remove(parent?.volume_id ?? '')
    expect(deleted.status, deleted.text).toBe(200)
    expect(await volume(parent?.volume_id)).toMatchObject({ phase: 'TRASHED' })
  })

  it('leave no base where the clone that was to make it fails', async () => {
    const { agent, pool } = await withTemplates()
    agent.simulatedPools.contentOf(pool.id).templates.splice(0, 1)
    const failed = await make(pool, { name: 'a', source: { template: 'debian.qcow2', mode: 'clone' } })
    expect(failed.text).toContain('has changed since it was listed')
    expect(await database.prisma.volume.count({ where: { poolId: pool.id } })).toBe(0)
  })

  it('keep the base of a clone that is cancelled while another one waits for it, and no longer', async () => {
    const { agent, pool } = await withTemplates()
    const rows = () => database.prisma.volume.count({ where: { poolId: pool.id } })
    agent.simulatedJobs.isDriven = true
    const begin = async (name: string) => {
      const body = { name, source: { template: 'debian.qcow2', mode: 'clone' } }
      const asked = await api.call('operator', makeVolume, 'POST', { params: { id: pool.id }, body })
      const made = asked.data(VolumeView)
      const operation = made.operation?.id ?? ''
      await waitFor('the job', () => agent.simulatedJobs.find(operation))
      return { id: made.id, base: made.parent?.volume_id ?? '', operation }
    }
    const cancel = (id: string) => api.call('operator', cancelRoute, 'POST', { params: { id }, body: {} })
    const [first, second] = [await begin('a'), await begin('b')]
    expect(await volume(first.base)).toMatchObject({ phase: 'CREATING', refuses: { trash: expect.any(String) } })
    await cancel(first.operation)
    await waitFor('its end', async () => (await rows()) === 2)
    expect(await volume(first.base)).toMatchObject({ phase: 'CREATING', children: [{ volume_id: second.id }] })
    await cancel(second.operation)
    await waitFor('the end of both', async () => (await rows()) === 0)
  })

  it('lie in a folder that is a setting; the host hears of an unusual one, and a wrong one is refused', async () => {
    const { agent, pool } = await ready()
    expect(pool.settings).toEqual({ default_format: 'qcow2', templates_path: 'templates' })
    const change = (templates_path: string) =>
      api.call('operator', changePool, 'PATCH', {
        params: { id: pool.id },
        body: { settings: { templates_path } },
        headers: WAIT,
      })
    for (const path of ['../up', '/etc', 'a//b', '.hidden', 'trash', 'a/../b', 'holdfast-pool.json'])
      expect((await change(path)).problem().fields, path).toMatchObject([{ field: 'settings.templates_path' }])
    const sent = () => agent.simulatedPools.settingsOf(pool.id)
    expect(sent()).toEqual({})
    const changed = await change('template/iso')
    expect(changed.status, changed.text).toBe(200)
    expect(sent()).toEqual({ templates_path: 'template/iso' })
  })

  it('are none in a pool that has no files', async () => {
    const agent = await fleet().addHost()
    const backend = await makeBackend(database.prisma, {
      driver: 'ceph-rbd',
      config: { monitors: ['10.0.0.1'], pool: 'vms', user: 'holdfast' },
    })
    const body = { name: 'blocks', backend_id: backend.id, host_ids: [agent.hostId] }
    const pool = (await api.call('operator', makePool, 'POST', { body })).data(PoolView)
    expect(pool.template_count).toBe(0)
    expect((await list(pool)).problem()).toMatchObject({ code: 'unsupported' })
  })
})
