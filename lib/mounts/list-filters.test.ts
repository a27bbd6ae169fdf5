import { expect, it } from 'vitest'
import { z } from 'zod'
import { GET } from '@/app/api/v1/storage/mounts/route'
import type { Prisma } from '@/lib/db/client'
import { MountView } from '@/lib/mounts/schema'
import { useTestApi } from '@/testing/api'
import { testDatabases } from '@/testing/database'
import { makeBackend, makeHost, makeMount } from '@/testing/factories'

testDatabases('storage/mounts by how they are', (database) => {
  const api = useTestApi(database)
  const list = (query: string) => api.call('viewer', GET, 'GET', { query })
  const names = async (query: string) => {
    const answer = await list(query)
    return answer
      .data(z.array(MountView))
      .map(({ name }) => name)
      .sort()
  }

  it('finds by what hosts show, by the whole, and by who has to look, beyond a page', async () => {
    const { prisma } = database
    const online = await makeHost(prisma, { observedStatus: 'online' })
    const offline = await makeHost(prisma, { observedStatus: 'offline' })
    const { id: backendId } = await makeBackend(prisma)
    const make = async (name: string, hostId: string, seen: Prisma.MountOnHostUncheckedUpdateInput) => {
      const mount = await makeMount(prisma, { name, backendId, hostIds: [hostId] })
      const where = { mountId_hostId: { mountId: mount.id, hostId } }
      await prisma.mountOnHost.update({ where, data: { observedGeneration: 1, ...seen } })
    }
    const wrong = { observedError: 'It does not answer.', observedProblem: 'mount.hung' }
    await make('well', online.id, { observedState: 'mounted' })
    await make('hung', online.id, { observedState: 'hung', ...wrong })
    await make('degraded', online.id, { observedState: 'mounted', observedProven: false, ...wrong })
    await make('taken-away', online.id, { observedState: 'absent' })
    await make('other-options', online.id, { observedState: 'mounted', observedOptions: 'ro,relatime' })
    await make('far', offline.id, { observedState: 'hung', ...wrong })

    expect(await names('state=hung')).toEqual(['far', 'hung'])
    expect(await names('state=absent,hung')).toEqual(['far', 'hung', 'taken-away'])
    expect(await names('status=error')).toEqual(['hung', 'taken-away'])
    expect(await names('status=error,degraded')).toEqual(['degraded', 'hung', 'taken-away'])
    expect(await names('status=unknown')).toEqual(['far'])
    expect(await names('health=drift')).toEqual(['other-options', 'taken-away'])
    expect(await names('health=critical,warning,drift')).toEqual(['degraded', 'hung', 'other-options', 'taken-away'])
    expect(await names('health=critical,warning,drift&state=mounted')).toEqual(['degraded', 'other-options'])
    expect(await names(`health=healthy&host_id=${online.id}&search=WELL`)).toEqual(['well'])
    expect(await names(`state=hung&host_id=${offline.id}`)).toEqual(['far'])
    expect(await names('health=healthy&search=hung')).toEqual([])
    expect((await list('health=critical,warning,drift&limit=1')).body).toMatchObject({
      total: 4,
      data: [{ name: 'hung' }],
      nextCursor: expect.any(String),
    })
  })

  it.each(['state=gone', 'status=', 'health=critical,poorly'])('refuses %s', async (query) => {
    const answer = await list(query)
    expect(answer.status).toBe(400)
    expect(answer.problem().fields?.[0]?.field).toMatch(/^(state|status|health)/)
  })
})
