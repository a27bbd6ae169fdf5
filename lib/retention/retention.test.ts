import { expect, it, vi } from 'vitest'
import { GET as audit } from '@/app/api/v1/audit/route'
import { PATCH as change, GET as read } from '@/app/api/v1/system/retention/route'
import { prune, readRetention, recordCleanUp } from '@/lib/controller/settings-repository'
import { newId } from '@/lib/ids'
import { RetentionView, retentionFrom } from '@/lib/retention/schema'
import { useTestApi } from '@/testing/api'
import { testDatabases } from '@/testing/database'
import { makeHost, makeMount } from '@/testing/factories'

vi.setConfig({ testTimeout: 40_000 })

const ago = (days: number) => new Date(Date.now() - days * 86_400_000)

it('takes no number that is none', () => {
  expect(retentionFrom(new Map())).toEqual({ operations: 30, mount_history: 90 })
  expect(() => retentionFrom(new Map([['retention.operations', 0]]))).toThrow()
  expect(() => retentionFrom(new Map([['retention.operations', '7']]))).toThrow()
})

testDatabases('retention of history', (database) => {
  const api = useTestApi(database)
  const get = async (query = '') => (await api.call('admin', read, 'GET', { query })).data(RetentionView)
  const kind = (view: RetentionView, name: string) => view.kinds.find((one) => one.kind === name)

  async function fill() {
    const { prisma } = database
    const host = await makeHost(prisma)
    const mount = await makeMount(prisma, { hostIds: [host.id] })
    for (const days of [2, 10, 20]) {
      const operation = { id: newId('operation'), kind: 'mount.sync', requestedBy: 'test', createdAt: ago(days) }
      await prisma.operation.create({
        data: {
          ...operation,
          status: 'succeeded',
          finishedAt: ago(days),
          steps: { create: { at: ago(days), kind: 'log', message: 'said' } },
        },
      })
      await prisma.mountEvent.create({ data: { mountId: mount.id, hostId: host.id, at: ago(days), state: 'mounted' } })
    }
    await prisma.operation.create({
      data: { id: newId('operation'), kind: 'mount.sync', requestedBy: 'test', createdAt: ago(200), status: 'running' },
    })
  }

  it('shows what is stored, says before what a shorter time takes, and takes that and no more', async () => {
    await fill()
    const before = await get()
    expect(before.cleaned_at).toBeNull()
    expect(kind(before, 'operations')).toMatchObject({ days: 30, stored: 4, log_lines: 3, due: 0 })
    expect(kind(before, 'mount_history')).toMatchObject({ days: 90, stored: 3, due: 0, log_lines: null })
    expect(kind(before, 'audit')).toMatchObject({ days: null, due: 0 })
    const oldest = Date.parse(kind(before, 'mount_history')?.oldest_at ?? '')
    expect(Math.abs(oldest - ago(20).getTime())).toBeLessThan(60_000)

    const asIf = await get('operations_days=5&mount_history_days=15')
    expect(asIf.kinds.map(({ days, due }) => [days, due])).toEqual([
      [30, 2],
      [90, 1],
      [null, 0],
    ])
    const changed = await api.call('admin', change, 'PATCH', { body: { operations_days: 5, mount_history_days: 15 } })
    expect(changed.data(RetentionView).kinds.map(({ days, due }) => [days, due])).toEqual([
      [5, 2],
      [15, 1],
      [null, 0],
    ])
    const removed = await prune(database.prisma, new Date(), await readRetention(database.prisma))
    expect(removed).toMatchObject({ operations: 2, mountEvents: 1 })
    await recordCleanUp(database.prisma, new Date())
    const after = await get()
    // What still runs is kept, however old it is.
    expect(kind(after, 'operations')).toMatchObject({ stored: 2, log_lines: 1, due: 0 })
    expect(kind(after, 'mount_history')).toMatchObject({ stored: 2, due: 0 })
    expect(after.cleaned_at).not.toBeNull()
  })

  it('is in the audit once per change, and is for administrators', async () => {
    const set = (body: object) => api.call('admin', change, 'PATCH', { body })
    await set({ operations_days: 14, mount_history_days: 90 })
    await set({ operations_days: 14 })
    await set({})
    const entries = await api.call('admin', audit, 'GET', { query: 'action=retention.updated&limit=1' })
    expect(entries.body).toMatchObject({
      data: [{ change: { after: { operations: 14, mount_history: 90 } } }],
    })
    const { total } = entries.body as { total: number }
    await set({ operations_days: 14 })
    expect((await api.call('admin', audit, 'GET', { query: 'action=retention.updated' })).body).toMatchObject({ total })
    for (const body of [
      { operations_days: 0 },
      { operations_days: 3651 },
      { mount_history_days: 1.5 },
      { audit_days: 9 },
    ])
      expect((await set(body)).status, JSON.stringify(body)).toBe(400)
    expect((await api.call('operator', read, 'GET')).status).toBe(403)
    expect((await api.call('operator', change, 'PATCH', { body: {} })).status).toBe(403)
  })

  it('deletes much in lots, with the logs of operations, and nothing that is younger', async () => {
    const { prisma } = database
    await prisma.operation.deleteMany()
    await prisma.mountEvent.deleteMany()
    const host = await makeHost(prisma)
    const mount = await makeMount(prisma, { hostIds: [host.id] })
    const at = { mountId: mount.id, hostId: host.id, state: 'mounted' as const }
    const events = (days: number, count: number) => Array.from({ length: count }, () => ({ ...at, at: ago(days) }))
    await prisma.mountEvent.createMany({ data: [...events(91, 2_500), ...events(89, 3)] })
    const operation = (days: number) => ({
      ...{ id: newId('operation'), kind: 'mount.sync', requestedBy: 'test', createdAt: ago(days) },
      ...{ status: 'succeeded' as const, finishedAt: ago(days) },
    })
    const old = Array.from({ length: 450 }, () => operation(31))
    await prisma.operation.createMany({ data: [...old, operation(29)] })
    await prisma.operationStep.createMany({
      data: old.map(({ id }) => ({ operationId: id, at: ago(31), kind: 'log', message: 'said' })),
    })
    expect(await prune(prisma, new Date(), retentionFrom(new Map()))).toMatchObject({
      operations: 450,
      mountEvents: 2_500,
    })
    expect(await prisma.mountEvent.count()).toBe(3)
    expect(await prisma.operation.count()).toBe(1)
    expect(await prisma.operationStep.count()).toBe(0)
  })
})
