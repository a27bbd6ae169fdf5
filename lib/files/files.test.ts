import { request } from 'node:http'
import { expect, it, vi } from 'vitest'
import { z } from 'zod'
import { GET as downloadRoute } from '@/app/api/v1/storage/pools/[id]/files/download/route'
import { GET as listRoute } from '@/app/api/v1/storage/pools/[id]/files/route'
import { POST as makePool } from '@/app/api/v1/storage/pools/route'
import { FileView } from '@/lib/files/schema'
import { newId } from '@/lib/ids'
import { PoolView } from '@/lib/pools/schema'
import { findRelays } from '@/lib/relay/repository'
import { newTicket, RELAY_PATH, ticketId } from '@/lib/relay/ticket'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import { makeBackend } from '@/testing/factories'
import type { FakeAgent } from '@/testing/fake-agent'

vi.setConfig({ testTimeout: 60_000 })

const CONTENT = 'every byte of this image'

testDatabases('files of pools', (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)
  let counter = 0

  async function ready(): Promise<{ agent: FakeAgent; pool: PoolView }> {
    const agent = await fleet().addHost()
    const backend = await makeBackend(database.prisma)
    const body = { name: `files-${++counter}`, backend_id: backend.id, host_ids: [agent.hostId] }
    const made = await api.call('operator', makePool, 'POST', { body, headers: { prefer: 'wait=20' } })
    expect(made.status, made.text).toBe(201)
    const pool = made.data(PoolView)
    agent.simulatedPools.filesOf(pool.id).set('iso/debian "12".iso', Buffer.from(CONTENT))
    return { agent, pool }
  }
  const list = (pool: PoolView, query = '') => api.call('viewer', listRoute, 'GET', { params: { id: pool.id }, query })
  const path = `path=${encodeURIComponent('iso/debian "12".iso')}`
  const download = (pool: PoolView, headers: Record<string, string> = {}, query = path) =>
    api.call('operator', downloadRoute, 'GET', { params: { id: pool.id }, query, headers })

  it('are listed with what uses them, page by page', async () => {
    const { agent, pool } = await ready()
    const volumeId = newId('volume')
    const snapshotId = newId('snapshot')
    const files = agent.simulatedPools.filesOf(pool.id)
    for (const name of ['disk.qcow2', `${snapshotId}.qcow2`, 'volume.json'])
      files.set(`${volumeId}/${name}`, new Uint8Array(1))
    await database.prisma.volume.create({
      data: {
        id: volumeId,
        poolId: pool.id,
        name: 'web',
        nameKey: 'web',
        format: 'qcow2',
        provisioning: 'thin',
        sizeBytes: 1,
        isInUse: true,
        phase: 'ready',
        snapshots: { create: { id: snapshotId, name: 'before', volumeBytes: 1 } },
      },
    })
    const top = (await list(pool)).data(z.array(FileView))
    expect(top).toMatchObject([
      { name: 'iso', kind: 'directory', used_by: null },
      { name: volumeId, kind: 'directory', used_by: { kind: 'volume', id: volumeId, name: 'web' } },
    ])
    const inside = (await list(pool, `path=${volumeId}`)).data(z.array(FileView))
    expect(inside.map(({ used_by }) => used_by)).toEqual([
      { kind: 'volume', id: volumeId, name: 'web' },
      { kind: 'snapshot', id: snapshotId, name: 'before' },
      { kind: 'pool', id: null, name: null },
    ])
    expect(inside.map(({ refuses_download }) => refuses_download?.includes("'web' is in use"))).toEqual([
      true,
      undefined,
      undefined,
    ])
    const torn = await download(pool, {}, `path=${volumeId}/disk.qcow2`)
    expect(torn.problem()).toMatchObject({ code: 'busy', detail: expect.stringContaining('web') })
    const page = await list(pool, 'limit=1')
    expect(page.body).toMatchObject({ total: 2, nextCursor: volumeId })
    expect((await list(pool, `limit=1&cursor=${volumeId}`)).body).toMatchObject({
      total: 2,
      data: [{ name: volumeId }],
    })
    for (const bad of ['path=../etc', 'path=/etc', 'path=a//b']) expect((await list(pool, bad)).status, bad).toBe(400)
    expect((await list(pool, 'path=nothing')).status).toBe(404)
    files.set('templates/debian.iso', new Uint8Array(1)).set('templates/older/debian.iso', new Uint8Array(1))
    const templates = (await list(pool, 'path=templates')).data(z.array(FileView))
    expect(templates.map(({ name, is_template }) => [name, is_template])).toEqual([
      ['debian.iso', true],
      ['older', false],
    ])
  })

  it('are downloaded as a whole and by range, and each whole one is in the audit', async () => {
    const { pool } = await ready()
    const whole = await download(pool)
    expect([whole.status, whole.text]).toEqual([200, CONTENT])
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      'content-length': String(CONTENT.length),
      'content-disposition': `attachment; filename="debian _12_.iso"; filename*=UTF-8''debian%20%2212%22.iso`,
      'accept-ranges': 'bytes',
    })
    const etag = whole.headers.get('etag') ?? ''
    const ranges: [string, number, string][] = [
      ['bytes=6-9', 206, CONTENT.slice(6, 10)],
      ['bytes=20-', 206, CONTENT.slice(20)],
      ['bytes=-5', 206, CONTENT.slice(-5)],
      ['bytes=20-999', 206, CONTENT.slice(20)],
      ['bytes=999-', 416, ''],
      ['bytes=0-1,4-5', 200, CONTENT],
      ['bytes=9-6', 200, CONTENT],
    ]
    for (const [range, status, text] of ranges) {
      const part = await download(pool, { range })
      expect([part.status, part.text], range).toEqual([status, text])
    }
    const part = await download(pool, { range: 'bytes=6-9', 'if-range': etag })
    expect(part.headers.get('content-range')).toBe(`bytes 6-9/${CONTENT.length}`)
    expect((await download(pool, { range: 'bytes=6-9', 'if-range': '"another"' })).text).toBe(CONTENT)
    const entry = await database.prisma.auditEntry.findFirst({ where: { action: 'pool.file_downloaded' } })
    expect(entry).toMatchObject({ targetId: pool.id, change: { path: 'iso/debian "12".iso', bytes: CONTENT.length } })
    expect((await api.call('viewer', downloadRoute, 'GET', { params: { id: pool.id }, query: path })).status).toBe(403)
    expect((await download(pool, {}, 'path=iso/nothing')).problem()).toMatchObject({ code: 'not_found' })
  })

  it('a host that is cut off says so, and a pool that is open nowhere too', async () => {
    const { agent, pool } = await ready()
    await agent.goOffline({ keepPort: true })
    expect((await list(pool)).problem()).toMatchObject({ status: 502, code: 'host_unreachable' })
    await database.prisma.poolOnHost.updateMany({ where: { poolId: pool.id }, data: { observedState: 'error' } })
    expect((await list(pool)).problem()).toMatchObject({
      code: 'backend_unreachable',
      detail: expect.stringContaining('no host'),
    })
  })

  it('a ticket is for one request, once, for a short time', async () => {
    const { agent, pool } = await ready()
    const [relay = ''] = await findRelays(new Date(0))
    const send = (ticket: string, path = RELAY_PATH) => {
      const { promise, resolve, reject } = Promise.withResolvers<number>()
      const headers = { authorization: `Bearer ${ticket}` }
      const sent = request(new URL(path, relay), { method: 'POST', headers, agent: false }, (answer) => {
        answer.resume()
        resolve(answer.statusCode ?? 0)
      })
      sent.on('error', reject)
      sent.end()
      return promise
    }
    const write = async (ms: number) => {
      const ticket = newTicket()
      const work = { verb: 'listFiles', request: { poolId: pool.id, path: '', from: null, limit: 1 } }
      const expiresAt = new Date(Date.now() + ms)
      await database.prisma.relayTicket.create({
        data: { id: ticketId(ticket), hostId: agent.hostId, actorId: 'usr_test', work, expiresAt },
      })
      return ticket
    }
    const good = await write(30_000)
    // Of many at one moment, one is served.
    const answers = await Promise.all(Array.from({ length: 6 }, () => send(good)))
    expect(answers.sort()).toEqual([200, 401, 401, 401, 401, 401])
    expect(await send(await write(-1))).toBe(401)
    expect(await send(newTicket())).toBe(401)
    expect(await send(await write(30_000), '/v1/other')).toBe(401)
    expect(await database.prisma.relayTicket.count({ where: { id: ticketId(good) } })).toBe(0)
    // What is stored opens nothing.
    const stored = await write(30_000)
    expect(await send(ticketId(stored))).toBe(401)
  })
})
