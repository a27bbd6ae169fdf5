import { expect, it } from 'vitest'
import { POST as acknowledge, DELETE as takeBack } from '@/app/api/v1/attention/[id]/acknowledgement/route'
import { settleAcknowledgements } from '@/lib/attention/acknowledgements'
import { findCauses } from '@/lib/attention/causes'
import { processBus } from '@/lib/events/process-bus'
import { SILENT, useAttention } from '@/testing/attention'
import { testDatabases } from '@/testing/database'

const MINUTE = 60_000

testDatabases('what needs attention', (database) => {
  const { api, read, titles, cause, host, nfs, mount, show, clear } = useAttention(database)

  const act = (role: 'viewer' | 'operator', id: string, body: object = {}) =>
    api.call(role, acknowledge, 'POST', { params: { id }, body })
  const takeBackAs = (role: 'viewer' | 'operator', id: string) => api.call(role, takeBack, 'DELETE', { params: { id } })

  it('is acknowledged by a person for everybody, who is told, written down, and may take it back', async () => {
    await clear()
    const { id: hostId } = await host('ack-1')
    const { id: backendId } = await nfs('ack', 'nas-g')
    await mount('ack', backendId, { [hostId]: SILENT })
    const { id } = cause(await read(), 'ack')
    expect((await act('viewer', id)).status).toBe(403)
    expect((await act('operator', 'cau_none')).status).toBe(404)
    expect((await takeBackAs('operator', id)).status).toBe(404)
    const heard: string[] = []
    const stop = processBus().subscribe(({ topic, id: of }) => void heard.push(`${topic} ${of}`))
    const answer = await act('operator', id, { note: ' The disk is on its way. ' })
    stop()
    const acknowledged = { by: 'test operator', note: 'The disk is on its way.', at: expect.any(String), until: null }
    expect(answer.body).toMatchObject({ data: { id, acknowledged } })
    expect(heard).toEqual([`attention ${id}`])
    expect(await read()).toMatchObject({
      data: [{ id, acknowledged }],
      total: 1,
      acknowledged: 1,
      counts: { backends: 0, mounts: 0, hosts: 0, pools: 0, volumes: 0 },
    })
    const [entry] = await database.prisma.auditEntry.findMany({ where: { targetId: id } })
    expect(entry).toMatchObject({
      action: 'attention.acknowledged',
      actorName: 'test operator',
      targetName: 'ack: The storage does not answer.',
      change: { note: 'The disk is on its way.', severity: 'critical' },
    })
    expect((await takeBackAs('viewer', id)).status).toBe(403)
    expect((await takeBackAs('operator', id)).body).toEqual({ data: { id } })
    expect(await read()).toMatchObject({ acknowledged: 0, counts: { backends: 1, mounts: 1 } })
  })

  const settle = async (after: number) => {
    const now = new Date(Date.now() + after)
    return settleAcknowledgements(database.prisma, await findCauses(now), now)
  }

  it('stays acknowledged while it flickers, and ends when it was gone for five minutes or got worse', async () => {
    await clear()
    const { prisma } = database
    const [a, b] = [await host('flicker-1'), await host('flicker-2')]
    const { id: backendId } = await nfs('flicker', 'nas-h')
    const mountId = await mount('flicker', backendId, { [a.id]: SILENT, [b.id]: {} })
    const { id } = cause(await read(), 'flicker')
    await act('operator', id)
    const well = { observedState: 'mounted', observedError: null, observedProblem: null } as const
    await show(mountId, a.id, well)
    expect(await settle(0)).toBe(0)
    await show(mountId, a.id, SILENT)
    expect(await settle(4 * MINUTE)).toBe(0)
    expect(await settle(60 * MINUTE)).toBe(0)
    expect((await read()).acknowledged).toBe(1)

    await show(mountId, a.id, well)
    await settle(0)
    expect(await settle(4 * MINUTE)).toBe(0)
    expect(await settle(6 * MINUTE)).toBe(1)
    expect(await prisma.acknowledgement.count()).toBe(0)
    await show(mountId, a.id, SILENT)
    const back = await read()
    expect(back).toMatchObject({ acknowledged: 0, data: [{ id, severity: 'warning' }] })

    await act('operator', id)
    await show(mountId, b.id, SILENT)
    expect(await read()).toMatchObject({ acknowledged: 0, data: [{ id, severity: 'critical' }] })
    expect(await settle(0)).toBe(1)
  })

  it('keeps hosts that went down later apart from those that are acknowledged', async () => {
    await clear()
    const down = { observedStatus: 'offline' } as const
    for (const index of [1, 2, 3, 4]) await host(`rack-a-${index}`, down)
    const [rack] = (await read()).data
    await act('operator', rack?.id ?? '')
    expect(await read()).toMatchObject({ total: 1, acknowledged: 1, counts: { hosts: 0 } })
    for (const index of [1, 2, 3, 4]) await host(`rack-b-${index}`, down)
    const later = await read()
    expect(titles(later)).toEqual([
      'critical 4 hosts do not answer: rack-b-1, rack-b-2, rack-b-3 and 1 more',
      'critical 4 hosts do not answer: rack-a-1, rack-a-2, rack-a-3 and 1 more',
    ])
    expect(later.data.map(({ acknowledged }) => acknowledged !== null)).toEqual([false, true])
    expect(new Set(later.data.map(({ id }) => id)).size).toBe(2)
    expect(later.counts.hosts).toBe(4)
    expect((await takeBackAs('operator', later.data[1]?.id ?? '')).status).toBe(200)
    expect(await read()).toMatchObject({ total: 1, acknowledged: 0, counts: { hosts: 8 } })
  })

  it('is one line with one id before and after it is acknowledged, which takes it back', async () => {
    await clear()
    const down = { observedStatus: 'offline' } as const
    const hosts = []
    for (const index of [1, 2, 3, 4, 5, 6, 7]) hosts.push(await host(`dark-${index}`, down))
    const { id } = cause(await read(), '7 hosts')
    expect((await act('operator', id)).body).toMatchObject({
      data: { id, subject: { name: '7 hosts' }, acknowledged: { by: 'test operator' } },
    })
    expect((await read()).data.map((line) => line.id)).toEqual([id])
    expect((await act('operator', id, { note: 'The power is off.' })).body).toMatchObject({
      data: { id, acknowledged: { note: 'The power is off.' } },
    })
    // Also when so few are left that they would be told one by one, and some are gone for a moment.
    const well = hosts.slice(1).map((one) => one.id)
    await database.prisma.host.updateMany({ where: { id: { in: well } }, data: { observedStatus: 'online' } })
    expect((await read()).data).toMatchObject([{ id, title: 'dark-1 does not answer' }])
    expect((await takeBackAs('operator', id)).status).toBe(200)
    expect(await database.prisma.acknowledgement.count()).toBe(0)
    await database.prisma.host.updateMany({ data: down })
    expect(await read()).toMatchObject({ total: 1, acknowledged: 0, data: [{ id }] })
  })

  it('covers the hosts that were seen, and no others', async () => {
    await clear()
    const down = { observedStatus: 'offline' } as const
    for (const index of [1, 2, 3, 4]) await host(`seen-${index}`, down)
    const seen = cause(await read(), '4 hosts').id
    await host('unseen', down)
    const refused = (await act('operator', seen)).problem()
    expect(refused).toMatchObject({ status: 409, detail: expect.stringContaining('has changed') })
    expect(await read()).toMatchObject({ total: 1, acknowledged: 0, counts: { hosts: 5 } })
    const now = cause(await read(), '5 hosts').id
    expect(now).not.toBe(seen)
    expect((await act('operator', now)).status).toBe(200)
    await host('later', down)
    expect((await read()).data.map(({ title, acknowledged }) => [title, acknowledged !== null])).toEqual([
      ['later does not answer', false],
      [expect.stringMatching(/^5 hosts/), true],
    ])
  })
})
