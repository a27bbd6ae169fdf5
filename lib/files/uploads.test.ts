import { createHash, randomBytes } from 'node:crypto'
import { expect, it, vi } from 'vitest'
import { z } from 'zod'
import {
  DELETE as dropRoute,
  GET as lookRoute,
  PATCH as writeRoute,
} from '@/app/api/v1/storage/pools/[id]/uploads/[uploadId]/route'
import { POST as createRoute, GET as listRoute } from '@/app/api/v1/storage/pools/[id]/uploads/route'
import { POST as makePool } from '@/app/api/v1/storage/pools/route'
import { UploadView } from '@/lib/files/schema'
import type { Route } from '@/lib/http/define-route'
import { PoolView } from '@/lib/pools/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import { makeBackend } from '@/testing/factories'
import type { FakeAgent } from '@/testing/fake-agent'

vi.setConfig({ testTimeout: 60_000 })

const base64 = (text: string) => Buffer.from(text).toString('base64')
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

testDatabases('uploads into pools', (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)
  let counter = 0

  async function ready(): Promise<{ agent: FakeAgent; pool: PoolView }> {
    const agent = await fleet().addHost()
    const backend = await makeBackend(database.prisma)
    const body = { name: `uploads-${++counter}`, backend_id: backend.id, host_ids: [agent.hostId] }
    const made = await api.call('operator', makePool, 'POST', { body, headers: { prefer: 'wait=20' } })
    expect(made.status, made.text).toBe(201)
    return { agent, pool: made.data(PoolView) }
  }

  const create = (pool: PoolView, bytes: number, metadata: Record<string, string>) =>
    api.call('operator', createRoute, 'POST', {
      params: { id: pool.id },
      headers: {
        'tus-resumable': '1.0.0',
        'upload-length': String(bytes),
        'upload-metadata': Object.entries(metadata)
          .map(([key, value]) => `${key} ${base64(value)}`)
          .join(','),
      },
    })

  /** As a client of tus sends it: bytes, which come as they come. */
  async function send(
    route: Route,
    params: { id: string; uploadId: string },
    body: Uint8Array | ReadableStream<Uint8Array>,
    headers: Record<string, string>,
  ): Promise<Response> {
    const request = new Request(`${api.env.publicUrl}/api/v1/test`, {
      method: 'PATCH',
      headers: {
        authorization: `Bearer ${await api.token('operator')}`,
        'tus-resumable': '1.0.0',
        'content-type': 'application/offset+octet-stream',
        ...headers,
      },
      body: body as BodyInit,
      duplex: 'half',
    } as RequestInit)
    return route(request, { params: Promise.resolve(params) })
  }
  const look = (params: { id: string; uploadId: string }) => api.call('operator', lookRoute, 'GET', { params })

  it('go through in parts, and are in their place, in the list and in the audit as they were sent', async () => {
    const { agent, pool } = await ready()
    const content = randomBytes(300_000)
    const made = await create(pool, content.length, { path: 'templates/débian.iso', sha256: sha256(content) })
    expect(made.status, made.text).toBe(201)
    const upload = made.data(UploadView)
    expect(made.headers.get('location')).toBe(`/api/v1/storage/pools/${pool.id}/uploads/${upload.id}`)
    expect(Date.parse(made.headers.get('upload-expires') ?? '')).toBeGreaterThan(Date.now() + 23 * 3_600_000)
    const params = { id: pool.id, uploadId: upload.id }
    const first = await send(writeRoute, params, content.subarray(0, 100_000), { 'upload-offset': '0' })
    expect([first.status, first.headers.get('upload-offset')]).toEqual([204, '100000'])
    const listed = (await api.call('viewer', listRoute, 'GET', { params: { id: pool.id } })).data(z.array(UploadView))
    expect(listed).toMatchObject([{ id: upload.id, path: 'templates/débian.iso', offset: 100_000 }])
    const wrong = await send(writeRoute, params, content, { 'upload-offset': '7' })
    expect(wrong.status).toBe(409)
    const seen = await look(params)
    expect(Object.fromEntries(seen.headers)).toMatchObject({ 'upload-offset': '100000', 'upload-length': '300000' })
    const last = await send(writeRoute, params, content.subarray(100_000), { 'upload-offset': '100000' })
    expect([last.status, last.headers.get('upload-offset')]).toEqual([204, '300000'])
    expect(Buffer.from(agent.simulatedPools.filesOf(pool.id).get('templates/débian.iso') ?? [])).toEqual(content)
    expect((await look(params)).data(UploadView)).toMatchObject({ status: 'done', sha256: sha256(content) })
    expect(agent.simulatedFiles.unfinished).toEqual([])
    const entry = await database.prisma.auditEntry.findFirst({ where: { action: 'pool.file_uploaded' } })
    expect(entry).toMatchObject({ change: { path: 'templates/débian.iso', sha256: sha256(content) } })
  })

  it('go on where a broken connection ended', async () => {
    const { agent, pool } = await ready()
    const content = randomBytes(200_000)
    const upload = (await create(pool, content.length, { filename: 'disk.raw' })).data(UploadView)
    const params = { id: pool.id, uploadId: upload.id }
    const line = Promise.withResolvers<ReadableStreamDefaultController<Uint8Array>>()
    const body = new ReadableStream<Uint8Array>({ start: (controller) => line.resolve(controller) })
    const sending = send(writeRoute, params, body, { 'upload-offset': '0' }).catch(() => undefined)
    const controller = await line.promise
    controller.enqueue(content.subarray(0, 50_000))
    const arrived = await vi.waitFor(() => {
      const { offset } = agent.simulatedFiles.look({ poolId: pool.id, uploadId: upload.id })
      expect(offset).toBeGreaterThan(0)
      return offset
    }, 20_000)
    controller.error(new Error('the network is gone'))
    await sending
    const listed = (await api.call('viewer', listRoute, 'GET', { params: { id: pool.id } })).data(z.array(UploadView))
    expect(listed).toMatchObject([{ id: upload.id, offset: arrived }])
    const rest = await send(writeRoute, params, content.subarray(arrived), { 'upload-offset': String(arrived) })
    expect(rest.status).toBe(204)
    expect(sha256(agent.simulatedPools.filesOf(pool.id).get('disk.raw') ?? new Uint8Array())).toBe(sha256(content))
  })

  it('are refused before the first byte, with figures, where they cannot become anything', async () => {
    const { agent, pool } = await ready()
    const available = 1_000_000n
    await database.prisma.poolOnHost.updateMany({ where: { poolId: pool.id }, data: { availableBytes: available } })
    expect((await create(pool, 600_000, { path: 'one' })).status).toBe(201)
    const full = (await create(pool, 600_000, { path: 'two' })).problem()
    expect(full).toMatchObject({ status: 413, code: 'payload_too_large' })
    expect(full.detail).toMatch(/977 KiB left \(586 KiB of it are promised.*this file has 586 KiB/)
    for (const path of ['../x', '/x', 'a//b', '']) expect((await create(pool, 1, { path })).status, path).toBe(400)
    const old = await api.call('operator', createRoute, 'POST', {
      params: { id: pool.id },
      headers: { 'tus-resumable': '0.2.2', 'upload-length': '1' },
    })
    expect(old.status).toBe(412)
    agent.simulatedPools.filesOf(pool.id).set('there', new Uint8Array(1))
    expect((await create(pool, 1, { path: 'there' })).problem().code).toBe('conflict')
    // What was refused left no row, so it takes no room from others.
    expect(await database.prisma.upload.count({ where: { poolId: pool.id } })).toBe(1)
    await database.prisma.pool.update({ where: { id: pool.id }, data: { maintenance: true } })
    expect((await create(pool, 1, { path: 'three' })).problem().detail).toContain('maintenance')
  })

  it('with a checksum, keep all of a part or none of it, and leave nothing when the whole is another file', async () => {
    const { agent, pool } = await ready()
    const content = randomBytes(1_000)
    const upload = (await create(pool, content.length, { path: 'x.raw', sha256: sha256(Buffer.from('y')) })).data(
      UploadView,
    )
    const params = { id: pool.id, uploadId: upload.id }
    const bad = { 'upload-offset': '0', 'upload-checksum': `sha1 ${createHash('sha1').update('z').digest('base64')}` }
    expect((await send(writeRoute, params, content, bad)).status).toBe(460)
    expect((await look(params)).data(UploadView).offset).toBe(0)
    const odd = await send(writeRoute, params, content, { 'upload-offset': '0', 'upload-checksum': 'crc32 AAAA' })
    expect(odd.status).toBe(400)
    expect(
      (await send(writeRoute, params, content, { 'upload-offset': '0', 'content-type': 'text/plain' })).status,
    ).toBe(415)
    expect((await send(writeRoute, params, content, { 'upload-offset': '0' })).status).toBe(460)
    expect((await look(params)).data(UploadView)).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('SHA-256'),
    })
    expect([agent.simulatedPools.filesOf(pool.id).size, agent.simulatedFiles.unfinished]).toEqual([0, []])
  })

  it('can be dropped, and belong to whoever began them', async () => {
    const { agent, pool } = await ready()
    const upload = (await create(pool, 10, { path: 'x.raw' })).data(UploadView)
    const params = { id: pool.id, uploadId: upload.id }
    const stranger = await api.browser('operator')
    expect((await api.call(stranger, dropRoute, 'DELETE', { params })).status).toBe(403)
    expect((await api.call('operator', dropRoute, 'DELETE', { params })).status).toBe(204)
    expect(agent.simulatedFiles.unfinished).toEqual([])
    expect((await look(params)).status).toBe(404)
  })
})
