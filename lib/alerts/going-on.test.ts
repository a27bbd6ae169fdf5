import { expect, it } from 'vitest'
import { POST as acknowledge } from '@/app/api/v1/alerts/[id]/acknowledgement/route'
import { GET as readOne } from '@/app/api/v1/alerts/[id]/route'
import { GET as readAll } from '@/app/api/v1/alerts/route'
import { AlertDetail, AlertView } from '@/lib/alerts/schema'
import { AlertCare } from '@/lib/controller/monitoring/alert-care'
import { createLocalBus } from '@/lib/events/bus'
import { list } from '@/lib/http/envelope'
import { newId } from '@/lib/ids'
import { createLog } from '@/lib/log'
import { SILENT, useAttention } from '@/testing/attention'
import { testDatabases } from '@/testing/database'

const MINUTE = 60_000

testDatabases('an alert goes on', (database) => {
  const { api, host, nfs, mount, clear } = useAttention(database)
  const start = Date.now()
  const log = createLog('controller', 'error', (line) => expect.fail(line))

  async function begin() {
    await database.prisma.volume.deleteMany()
    await database.prisma.pool.deleteMany()
    await clear()
    await database.prisma.alert.deleteMany()
    const care = new AlertCare({ prisma: database.prisma, bus: createLocalBus(), log, isLeader: () => true })
    return (...minutes: number[]) =>
      minutes.reduce((before, one) => before.then(() => care.look(new Date(start + one * MINUTE))), Promise.resolve())
  }
  const alerts = async (query = '') =>
    list(AlertView).parse((await api.call('viewer', readAll, 'GET', { query })).body).data
  const states = async (query = '') => (await alerts(query)).map(({ state, title }) => `${state} ${title}`)
  const one = async (id: string) => (await api.call('viewer', readOne, 'GET', { params: { id } })).data(AlertDetail)
  const happened = async (id: string) => (await one(id)).events.map(({ kind }) => kind)
  const known = async (id: string) =>
    expect((await api.call('operator', acknowledge, 'POST', { params: { id }, body: {} })).status).toBe(200)

  it('with one more volume that is missing, which nobody has acknowledged yet', async () => {
    const look = await begin()
    const { id: hostId } = await host('keeper')
    const { id: backendId } = await nfs('disks', 'nas-v')
    const { id: poolId } = await database.prisma.pool.create({
      data: {
        id: newId('pool'),
        name: 'disks',
        settings: {},
        backendId,
        hosts: { create: { hostId, observedState: 'ready', observedGeneration: 1 } },
      },
    })
    const lose = (name: string) =>
      database.prisma.volume.create({
        data: {
          id: newId('volume'),
          poolId,
          name,
          nameKey: name,
          phase: 'missing',
          format: 'raw',
          provisioning: 'thin',
          sizeBytes: 1n,
        },
      })
    await lose('db-1')
    await look(0, 1)
    const [{ id } = { id: '' }] = await alerts()
    await known(id)
    await lose('db-2')
    await look(2)
    expect(await states()).toEqual(['open disks: 2 volumes are not there any more: db-1 and db-2'])
    expect(await happened(id)).toEqual(['opened', 'acknowledged', 'worse'])
    expect((await one(id)).reach.volumes).toMatchObject({ total: 2, first: [{ name: 'db-1' }, { name: 'db-2' }] })
    await known(id)
    // One that is back is no news, and the acknowledgement of both holds for the other.
    await database.prisma.volume.deleteMany({ where: { name: 'db-1' } })
    await look(3)
    expect(await states()).toEqual(['acknowledged db-2 is not in its pool any more'])
  })

  it('folded below its host, which falls silent, and as what it was when the host is back', async () => {
    const look = await begin()
    const [a, b] = [await host('a'), await host('b')]
    const { id: backendId } = await nfs('share', 'nas-w')
    await mount('share', backendId, { [a.id]: SILENT })
    const goneId = await mount('other', (await nfs('other', 'nas-x')).id, { [a.id]: SILENT, [b.id]: {} })
    await look(0, 1)
    const before = await alerts()
    const [other = '', share = ''] = before.map(({ id }) => id)
    expect(before.map(({ subject }) => subject.name)).toEqual(['other', 'share'])
    await known(share)
    const silence = (observedStatus: 'offline' | 'online') =>
      database.prisma.host.update({ where: { id: a.id }, data: { observedStatus } })
    await silence('offline')
    await look(2, 3)
    expect((await states()).map((text) => text.split(' ')[0])).toEqual(['open', 'folded', 'folded'])
    expect(await states('state=folded')).toHaveLength(2)
    expect(await states('state=open,acknowledged')).toEqual(['open a does not answer'])
    const [away] = await alerts('state=open')
    expect((await one(away?.id ?? '')).folded.map(({ id }) => id)).toEqual([share, other].toSorted().toReversed())
    expect(await one(share)).toMatchObject({ folded_below: away?.cause_id, gone_since: null })
    // However long it takes; what is deleted meanwhile does not wait for its host.
    await database.prisma.mount.delete({ where: { id: goneId } })
    await database.prisma.backend.deleteMany({ where: { name: 'other' } })
    await look(60, 66)
    expect(await one(other)).toMatchObject({ state: 'cleared' })
    await silence('online')
    await look(67, 73)
    expect(await states('state=open,acknowledged,folded')).toEqual(
      [before[1]?.title].map((title) => `acknowledged ${title}`),
    )
    expect(await happened(share)).toEqual(['opened', 'acknowledged'])
    expect(await one(share)).toMatchObject({ returns: 0, folded_below: null })
  })
})
