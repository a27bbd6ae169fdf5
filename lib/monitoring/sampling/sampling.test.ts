import { expect, it } from 'vitest'
import { PATCH as change, GET as read } from '@/app/api/v1/system/sampling/route'
import { tellMeasuring } from '@/lib/controller/fleet/measuring'
import { SamplingView } from '@/lib/monitoring/sampling/schema'
import { useTestApi } from '@/testing/api'
import { testDatabases } from '@/testing/database'
import { makeBackend } from '@/testing/factories'

testDatabases('how often storages are measured', (database) => {
  const api = useTestApi(database)
  const set = (body: object) => api.call('admin', change, 'PATCH', { body })
  const get = async () => (await api.call('admin', read, 'GET')).data(SamplingView)
  /** What hosts are told. */
  async function told() {
    const said: string[] = []
    await tellMeasuring(database.prisma, { tellMeasuring: (value) => void said.push(value) })
    return said
  }

  it('is every five minutes until somebody says so, as a whole and for one backend', async () => {
    const [quick, gone] = [
      await makeBackend(database.prisma, { name: 'quick' }),
      await makeBackend(database.prisma, { name: 'gone' }),
    ]
    expect(await get()).toMatchObject({ minutes: 5, standard_minutes: 5, backends: [] })
    expect(await told()).toEqual(['300'])
    const both = await set({ minutes: 10, backends: { [quick.id]: 1, [gone.id]: 15 } })
    expect(both.data(SamplingView)).toMatchObject({
      minutes: 10,
      backends: [
        { name: 'gone', minutes: 15 },
        { name: 'quick', minutes: 1 },
      ],
    })
    await database.prisma.backend.delete({ where: { id: gone.id } })
    expect((await get()).backends).toEqual([{ id: quick.id, name: 'quick', minutes: 1 }])
    // What is left out stays, and null takes back.
    await set({ minutes: null })
    expect(await told()).toEqual([`300,${quick.id}=60`])
    await set({ backends: { [quick.id]: null } })
    expect(await told()).toEqual(['300'])
  })

  it('is for administrators, within bounds, and of backends that are there', async () => {
    for (const body of [
      { minutes: 0 },
      { minutes: 16 },
      { minutes: 2.5 },
      { backends: { bkd_none: 5 } },
      { days: 1 },
    ]) {
      expect((await set(body)).status, JSON.stringify(body)).toBe(400)
    }
    expect((await api.call('operator', change, 'PATCH', { body: { minutes: 5 } })).status).toBe(403)
    expect((await api.call('operator', read, 'GET')).status).toBe(403)
  })
})
