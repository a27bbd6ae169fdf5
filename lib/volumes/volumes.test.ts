import { expect, it, vi } from 'vitest'
import { z } from 'zod'
import { GET as auditRoute } from '@/app/api/v1/audit/route'
import { POST as cancelRoute } from '@/app/api/v1/operations/[id]/cancel/route'
import { GET as operationsRoute } from '@/app/api/v1/operations/route'
import { POST as makeBackendRoute } from '@/app/api/v1/storage/backends/route'
import { PATCH as patchPool } from '@/app/api/v1/storage/pools/[id]/route'
import { POST as makeVolumeRoute } from '@/app/api/v1/storage/pools/[id]/volumes/route'
import { POST as makePool } from '@/app/api/v1/storage/pools/route'
import { POST as cloneRoute } from '@/app/api/v1/volumes/[id]/clone/route'
import { POST as copyRoute } from '@/app/api/v1/volumes/[id]/copy/route'
import { POST as exportRoute } from '@/app/api/v1/volumes/[id]/export/route'
import { POST as flattenRoute } from '@/app/api/v1/volumes/[id]/flatten/route'
import { POST as resizeRoute } from '@/app/api/v1/volumes/[id]/resize/route'
import { POST as untrashRoute } from '@/app/api/v1/volumes/[id]/restore-from-trash/route'
import { DELETE as deleteRoute, PATCH as patchRoute, GET as readRoute } from '@/app/api/v1/volumes/[id]/route'
import { POST as restoreRoute } from '@/app/api/v1/volumes/[id]/snapshots/[snapshotId]/restore/route'
import { DELETE as dropSnapshotRoute } from '@/app/api/v1/volumes/[id]/snapshots/[snapshotId]/route'
import { POST as snapshotRoute } from '@/app/api/v1/volumes/[id]/snapshots/route'
import { GET as listRoute } from '@/app/api/v1/volumes/route'
import { AuditView } from '@/lib/audit/schema'
import type { Route } from '@/lib/http/define-route'
import { OperationRow, OperationView } from '@/lib/operations/schema'
import { PoolView } from '@/lib/pools/schema'
import { VolumeRow, VolumeView } from '@/lib/volumes/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import { makeBackend } from '@/testing/factories'
import type { FakeAgent } from '@/testing/fake-agent'
import { waitFor } from '@/testing/wait'

vi.setConfig({ testTimeout: 60_000 })

const GIB = 1024 ** 3
const MIB = 1024 ** 2
const WAIT = { prefer: 'wait=20' }

testDatabases('volumes', { postgres: 'full' }, (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)
  let counter = 0

  async function ready(over: object = {}): Promise<{ agent: FakeAgent; pool: PoolView }> {
    const agent = await fleet().addHost()
    const backend = await makeBackend(database.prisma)
    const body = { name: `pool-${++counter}`, backend_id: backend.id, host_ids: [agent.hostId], ...over }
    const made = await api.call('operator', makePool, 'POST', { body, headers: WAIT })
    expect(made.status, made.text).toBe(201)
    return { agent, pool: made.data(PoolView) }
  }
  const make = (pool: PoolView, body: object, headers: Record<string, string> = WAIT) =>
    api.call('operator', makeVolumeRoute, 'POST', {
      params: { id: pool.id },
      body: { size: '1 GiB', ...body },
      headers,
    })
  const post = (route: Route, id: string, body: object = {}, params: Record<string, string> = {}) =>
    api.call('operator', route, 'POST', { params: { id, ...params }, body, headers: WAIT })
  const read = async (id: string) => (await api.call('viewer', readRoute, 'GET', { params: { id } })).data(VolumeView)
  const drop = (id: string, query = '') =>
    api.call('admin', deleteRoute, 'DELETE', { params: { id }, query, headers: WAIT })

  it('are cloned, snapshotted, taken back, grown and flattened', async () => {
    const { pool } = await ready()
    const { id } = (await make(pool, { name: 'base' })).data(VolumeView)
    expect((await post(snapshotRoute, id, { name: 'before' })).status).toBe(200)
    const [snapshot] = (await read(id)).snapshots
    expect(snapshot).toMatchObject({ name: 'before', is_ready: true, volume_bytes: GIB, consistency: 'unused' })
    const snapshotId = snapshot?.id ?? ''
    const same = await post(snapshotRoute, id, { name: 'before' })
    expect(same.problem()).toMatchObject({ code: 'conflict', fields: [{ field: 'name' }] })
    const cloned = await post(cloneRoute, id, { name: 'child', snapshot_id: snapshotId })
    expect(cloned.status, cloned.text).toBe(201)
    const child = cloned.data(VolumeView)
    expect(child).toMatchObject({
      phase: 'READY',
      parent: { volume_id: id, volume_name: 'base', snapshot_id: snapshotId, snapshot_name: 'before' },
      origin: { from: 'volume', mode: 'clone', name: 'base@before' },
    })
    expect(await read(id)).toMatchObject({ children: [{ volume_id: child.id, volume_name: 'child' }] })
    const refused = await drop(id)
    expect(refused.problem()).toMatchObject({
      code: 'in_use',
      used_by: [{ kind: 'volume', id: child.id, name: 'child' }],
    })
    expect((await post(flattenRoute, child.id)).status).toBe(200)
    expect(await read(child.id)).toMatchObject({ parent: null })
    const again = await post(flattenRoute, child.id)
    expect(again.problem().detail).toContain('shares nothing')
    expect((await post(resizeRoute, id, { size: '3 GiB' })).status).toBe(200)
    expect(await read(id)).toMatchObject({ size_bytes: 3 * GIB })
    expect((await post(restoreRoute, id, {}, { snapshotId })).status).toBe(200)
    const dropped = await api.call('operator', dropSnapshotRoute, 'DELETE', {
      params: { id, snapshotId },
      headers: WAIT,
    })
    expect(dropped.status, dropped.text).toBe(200)
    expect(await read(id)).toMatchObject({ snapshots: [], snapshot_count: 0 })
  })

  it('go into the trash, come back, and are deleted for good when their time is over', async () => {
    const { pool, agent } = await ready({ trash_days: 3 })
    const { id } = (await make(pool, { name: 'gone' })).data(VolumeView)
    expect((await drop(id)).status).toBe(200)
    const trashed = await read(id)
    expect(trashed.phase).toBe('TRASHED')
    expect(Date.parse(trashed.purge_at ?? '') - Date.parse(trashed.trashed_at ?? '')).toBe(3 * 86_400_000)
    expect(
      (await api.call('viewer', listRoute, 'GET', { query: `pool_id=${pool.id}` })).data(z.array(VolumeRow)),
    ).toEqual([])
    // Its name is free while it is in the trash.
    const other = (await make(pool, { name: 'gone' })).data(VolumeView)
    const taken = await post(untrashRoute, id)
    expect(taken.problem()).toMatchObject({ code: 'conflict', fields: [{ field: 'name' }] })
    await api.call('operator', patchRoute, 'PATCH', { params: { id: other.id }, body: { name: 'other' } })
    expect((await post(untrashRoute, id)).status).toBe(200)
    expect(await read(id)).toMatchObject({ phase: 'READY', trashed_at: null, purge_at: null })
    await drop(id)
    await database.prisma.volume.update({ where: { id }, data: { purgeAt: new Date(Date.now() - 1000) } })
    await fleet().controller.poolCare.look()
    await waitFor('its end', async () => (await database.prisma.volume.count({ where: { id } })) === 0)
    expect(agent.simulatedPools.volumes.list().map(({ volumeId }) => volumeId)).toEqual([other.id])
    expect(fleet().audited).toContainEqual({
      action: 'volume.purged',
      change: expect.objectContaining({ summary: 'Delete gone for good', volume: id, name: 'gone' }),
    })
    const living = await drop(other.id, 'purge=true')
    expect(living.problem().detail).toContain('Only what is in the trash')
    await drop(other.id)
    const asOperator = await api.call('operator', deleteRoute, 'DELETE', {
      params: { id: other.id },
      query: 'purge=true',
    })
    expect(asOperator.status).toBe(403)
    expect((await drop(other.id, 'purge=true')).status).toBe(200)
    expect((await api.call('viewer', readRoute, 'GET', { params: { id: other.id } })).status).toBe(404)
    // What was done with it is still said when it has gone, by the names of then.
    const query = `target_id=${other.id}`
    const done = ['Delete other for good', 'Move other to the trash', 'Create gone with 1 GiB']
    const operations = (await api.call('viewer', operationsRoute, 'GET', { query })).data(z.array(OperationRow))
    expect(operations.map(({ summary }) => summary)).toEqual(done)
    expect(operations[0]).toMatchObject({ kind: 'volume.work', title: 'Delete volume for good' })
    const entries = (await api.call('admin', auditRoute, 'GET', { query })).data(z.array(AuditView))
    expect(entries.map(({ summary }) => summary)).toEqual([done[0], done[1], null, done[2]])
  })

  it('have one change at a time, which can be cancelled, and leave nothing then', async () => {
    const { pool, agent } = await ready()
    const { id } = (await make(pool, { name: 'source' })).data(VolumeView)
    agent.simulatedJobs.isDriven = true
    const copied = await api.call('operator', copyRoute, 'POST', { params: { id }, body: { name: 'copy' } })
    expect(copied.status, copied.text).toBe(202)
    const copy = copied.data(VolumeView)
    const operation = z.object({ operation: z.object({ id: z.string() }) }).parse(copied.body).operation.id
    await waitFor('the job', () => agent.simulatedJobs.find(operation))
    agent.simulatedJobs.advance(operation, 0.5, 'half')
    const shown = await waitFor('its progress', async () => {
      const view = await read(copy.id)
      return view.operation?.progress ? view : null
    })
    expect(shown).toMatchObject({ phase: 'CREATING', operation: { id: operation, what: 'create', status: 'running' } })
    // What is copied from is in hand too.
    for (const other of [id, copy.id]) {
      const refused = await post(snapshotRoute, other, { name: 'now' })
      expect(refused.problem()).toMatchObject({ code: 'operation_in_progress' })
      expect(refused.problem().detail).toContain(operation)
    }
    expect((await read(id)).refuses).toMatchObject({ trash: expect.stringContaining(operation) })
    await api.call('operator', cancelRoute, 'POST', { params: { id: operation }, body: {} })
    await waitFor('its end', async () => (await database.prisma.volume.count({ where: { id: copy.id } })) === 0)
    agent.simulatedJobs.isDriven = false
    expect((await post(snapshotRoute, id, { name: 'now' })).status).toBe(200)
  })

  it('are made from a file of a web server, which their host alone gets to know', async () => {
    const { pool, agent } = await ready({ max_volume_bytes: 4 * GIB })
    const secret = 'obviously-fake-secret'
    const config = { base_url: 'https://cdn.example.com/images', auth_method: 'bearer' }
    const added = await api.call('admin', makeBackendRoute, 'POST', {
      body: { name: 'cdn', type: 'http', config: { ...config, token: secret } },
    })
    expect(added.status, added.text).toBe(201)
    const backendId = added.data(z.object({ id: z.string() })).id
    const digest = 'AB'.repeat(32)
    const source = { backend_id: backendId, path: 'debian/disk.qcow2', checksum: `sha256:${digest}` }
    const made = await make(pool, { name: 'debian', size: undefined, source })
    expect(made.status, made.text).toBe(201)
    expect(made.data(VolumeView)).toMatchObject({
      phase: 'READY',
      size_bytes: 2 * GIB,
      origin: { from: 'backend', mode: 'import', name: 'debian/disk.qcow2 of cdn' },
    })
    const content = { from: 'backend', backendId, path: source.path, mostBytes: 4 * GIB }
    const checksum = { algorithm: 'sha256', digest: digest.toLowerCase() }
    expect(agent.calls.findLast(({ operation }) => operation === 'workOnVolume')?.request).toMatchObject({
      work: { do: 'create', sizeBytes: null, content: { ...content, checksum } },
      backend: { id: backendId, driver: 'http', config, secrets: { token: secret } },
    })
    const operations = await database.prisma.operation.findMany({ where: { targetName: 'debian' } })
    expect(operations).toHaveLength(1)
    expect(JSON.stringify(operations)).not.toContain(secret)
    for (const [field, wrong] of [
      ['source.backend_id', { ...source, backend_id: pool.backend_id }],
      ['source.backend_id', { ...source, backend_id: 'bkd_gone' }],
    ] as const) {
      const refused = await make(pool, { name: 'other', source: wrong })
      expect(refused.problem(), field).toMatchObject({ code: 'invalid_input', fields: [{ field }] })
    }
    for (const wrong of [{ checksum: 'md5:00' }, { path: 'a/../b' }]) {
      expect((await make(pool, { name: 'other', source: { ...source, ...wrong } })).status).toBe(400)
    }
    const large = await make(pool, { name: 'large', size: '5 GiB', source })
    expect(large.problem().detail).toContain('4.00 GiB')
  })

  it('are exported to a mount that is well on their host, and to no other', async () => {
    const { pool, agent } = await ready()
    const { id } = (await make(pool, { name: 'source' })).data(VolumeView)
    const to = { pool_id: pool.id, path: 'images/source.qcow2' }
    const exported = await post(exportRoute, id, { to, compressed: true })
    expect(exported.status, exported.text).toBe(200)
    expect(agent.calls.findLast(({ operation }) => operation === 'workOnVolume')?.request).toMatchObject({
      work: { do: 'export', to: { mountId: pool.mount_id, path: to.path }, format: 'qcow2', isCompressed: true },
    })
    expect(await database.prisma.auditEntry.count({ where: { action: 'volume.exported', targetId: id } })).toBe(1)
    expect(await read(id)).toMatchObject({ phase: 'READY', name: 'source' })
    for (const path of ['../up', 'a//b', 'trash/x', `${id}/disk`, '.holdfast-new-x'])
      expect((await post(exportRoute, id, { to: { ...to, path } })).status, path).toBe(400)
    expect((await post(exportRoute, id, { to: { download: true }, format: 'raw' })).status).toBe(200)
    expect(agent.calls.findLast(({ operation }) => operation === 'workOnVolume')?.request).toMatchObject({
      work: { to: { mountId: pool.mount_id, path: 'source.raw', download: { poolId: pool.id } }, format: 'raw' },
    })
    const packed = await post(exportRoute, id, { to, format: 'raw', compressed: true })
    expect(packed.problem()).toMatchObject({ fields: [{ field: 'compressed' }] })
    const elsewhere = await ready()
    const refused = await post(exportRoute, id, { to: { mount_id: elsewhere.pool.mount_id, path: 'a' } })
    expect(refused.problem()).toMatchObject({ code: 'invalid_input', fields: [{ field: 'to.mount_id' }] })
    await database.prisma.mountOnHost.updateMany({
      where: { mountId: pool.mount_id ?? '' },
      data: { observedState: 'error' },
    })
    expect((await post(exportRoute, id, { to })).problem().detail).toContain('is not well on host')
  })

  it('are asked for twice at once, and only one gets it', async () => {
    const { pool, agent } = await ready()
    const { id } = (await make(pool, { name: 'wanted' })).data(VolumeView)
    agent.simulatedJobs.isDriven = true
    const asked = ['a', 'b', 'c', 'd'].map((name) =>
      api.call('operator', snapshotRoute, 'POST', { params: { id }, body: { name } }),
    )
    const statuses = (await Promise.all(asked)).map(({ status }) => status).sort()
    expect(statuses).toEqual([202, 409, 409, 409])
    expect(await database.prisma.snapshot.count({ where: { volumeId: id } })).toBe(1)
  })

  it('leave nothing of what failed on the host, and of what was cancelled before it began', async () => {
    const { pool, agent } = await ready()
    const { id } = (await make(pool, { name: 'there' })).data(VolumeView)
    agent.simulatedJobs.isDriven = true
    const asked = await api.call('operator', snapshotRoute, 'POST', { params: { id }, body: { name: 'bad' } })
    const { id: operation } = asked.data(OperationView)
    await waitFor('the job', () => agent.simulatedJobs.find(operation))
    agent.simulatedJobs.end(operation, { error: { code: 'disk_full', message: 'No space left.' } })
    await waitFor('its end', async () => (await read(id)).operation === null)
    expect((await read(id)).snapshots).toEqual([])
    agent.simulatedJobs.isDriven = false
    agent.simulatedPools.override(pool.id, { state: 'error', error: { code: 'busy', message: 'Not now.' } })
    await waitFor('the news', async () => {
      const refused = await make(pool, { name: 'late' })
      return refused.status === 409 ? refused.problem().detail.includes('is not open on host') : false
    })
    // Written down while nobody claims it.
    await fleet().controller.runner.stop(0)
    const row = await database.prisma.volume.findFirst({ where: { poolId: pool.id, name: 'late' } })
    expect(row).toBeNull()
    const waiting = await api.call('operator', snapshotRoute, 'POST', { params: { id }, body: { name: 'never' } })
    const { id: queued } = waiting.data(OperationView)
    await api.call('operator', cancelRoute, 'POST', { params: { id: queued }, body: {} })
    expect((await read(id)).snapshots).toEqual([])
  })
})

testDatabases('sizes and limits of volumes', { postgres: 'full' }, (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)

  it('are refused with the field and the figures', async () => {
    const agent = await fleet().addHost()
    const backend = await makeBackend(database.prisma)
    const limits = { overcommit_limit: 2, max_volume_bytes: GIB }
    const body = { name: 'limited', backend_id: backend.id, host_ids: [agent.hostId], ...limits }
    const pool = (await api.call('operator', makePool, 'POST', { body, headers: WAIT })).data(PoolView)
    const make = (given: object) =>
      api.call('operator', makeVolumeRoute, 'POST', { params: { id: pool.id }, body: given, headers: WAIT })
    const fieldOf = async (given: object) => (await make(given)).problem().fields?.[0]
    expect(await fieldOf({ name: '../x', size: '1 MiB' })).toMatchObject({ field: 'name' })
    expect(await fieldOf({ name: 'a', size: 'big' })).toMatchObject({
      field: 'size',
      message: expect.stringContaining('10 GiB'),
    })
    expect(await fieldOf({ name: 'a' })).toMatchObject({ field: 'size' })
    expect(await fieldOf({ name: 'a', size: '1 MiB', size_bytes: 5 })).toMatchObject({ field: 'size' })
    expect(await fieldOf({ name: 'a', size: '2 GiB' })).toMatchObject({
      field: 'size',
      message: expect.stringContaining('1.00 GiB'),
    })
    expect(await fieldOf({ name: 'a', size: '1 MiB', host_id: 'hst_x' })).toMatchObject({ field: 'host_id' })
    const full = await make({ name: 'a', size: '800 MiB', provisioning: 'full' })
    expect(full.problem().detail).toContain('715 MiB left')
    const first = (await make({ name: 'first', size: '1000 MiB' })).data(VolumeView)
    const over = await make({ name: 'second', size: '1000 MiB' })
    expect(over.problem().detail).toContain('its overcommit limit is 2')
    const odd = (await make({ name: 'odd', size_bytes: 1000 })).data(VolumeView)
    expect(odd.size_bytes).toBe(1024)
    const shrunk = await api.call('operator', resizeRoute, 'POST', {
      params: { id: first.id },
      body: { size: '1 MiB' },
    })
    expect(shrunk.problem().fields?.[0]).toMatchObject({
      field: 'size',
      message: expect.stringContaining('cannot be made smaller'),
    })
    const raw = (await make({ name: 'raw', size_bytes: MIB, format: 'raw' })).data(VolumeView)
    const snapshot = await api.call('operator', snapshotRoute, 'POST', { params: { id: raw.id }, body: { name: 's' } })
    expect(snapshot.problem().detail).toContain('no snapshots')
    // A clone is made larger in the same operation, by the same rules.
    const clone = async (given: object) => {
      const said = { params: { id: odd.id }, body: { name: 'clone', ...given }, headers: WAIT }
      return api.call('operator', cloneRoute, 'POST', said)
    }
    expect((await clone({ size_bytes: 512 })).problem().fields?.[0]).toMatchObject({
      field: 'size',
      message: expect.stringContaining('less than its content'),
    })
    expect((await clone({ size: '2 GiB' })).problem().fields?.[0]).toMatchObject({ field: 'size' })
    expect((await clone({ size: '1000 MiB' })).problem().detail).toContain('its overcommit limit is 2')
    expect((await clone({ size_bytes: 4000 })).data(VolumeView)).toMatchObject({
      size_bytes: 4096,
      parent: { volume_id: odd.id },
    })
    expect(raw.refuses).toMatchObject({ clone: expect.any(String), snapshot: expect.any(String) })
    await api.call('operator', patchPool, 'PATCH', { params: { id: pool.id }, body: { maintenance: true } })
    expect((await make({ name: 'late', size: '1 MiB' })).problem().detail).toContain('maintenance')
  })
})
