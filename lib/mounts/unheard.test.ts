import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { GET as host } from '@/app/api/v1/hosts/[id]/route'
import { GET as mount } from '@/app/api/v1/storage/mounts/[id]/route'
import { GET as matrix } from '@/app/api/v1/storage/mounts/matrix/route'
import { setProcessBus } from '@/lib/events/process-bus'
import { HostView } from '@/lib/hosts/schema'
import { MountMatrix } from '@/lib/mounts/matrix/matrix-schema'
import { MountView } from '@/lib/mounts/schema'
import { useTestApi } from '@/testing/api'
import { testDatabases } from '@/testing/database'
import { makeMount } from '@/testing/factories'
import { startTestFleet, type TestFleet } from '@/testing/fleet'

/** As after a boot of this machine: the API is up, and agents are not, or do not answer yet. */
testDatabases('a controller that has just started', { postgres: 'full' }, (database) => {
  const api = useTestApi(database)
  let directory: string
  const fleets: TestFleet[] = []
  const start = async () => {
    const fleet = await startTestFleet(database, { directory })
    setProcessBus(fleet.bus)
    fleets.push(fleet)
    return fleet
  }
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'holdfast-unheard-'))
  })
  afterAll(async () => {
    for (const fleet of fleets) await fleet.stop()
    await rm(directory, { recursive: true })
  })

  it('says of mounts how they were last, until their host has answered it once', async () => {
    const first = await start()
    const agent = await first.addHost()
    const { id } = await makeMount(database.prisma, { hostIds: [agent.hostId] })
    const read = async () => (await api.call('viewer', mount, 'GET', { params: { id } })).data(MountView)
    const readHost = async () =>
      (await api.call('viewer', host, 'GET', { params: { id: agent.hostId } })).data(HostView)
    const readCell = async () => {
      const { cells, statuses } = (await api.call('viewer', matrix, 'GET')).data(MountMatrix)
      return statuses[z.number().parse(cells[0]?.[7])]
    }
    first.controller.reconciler.poke(agent.hostId)
    await expect.poll(async () => (await read()).status, { timeout: 20_000 }).toBe('mounted')
    await expect.poll(async () => (await readHost()).status).toBe('online')
    await first.controller.stop()
    expect((await read()).status).toBe('mounted')
    // Long enough for the other engine: nobody else hears the host either.
    await database.prisma.host.updateMany({ data: { observedAt: new Date(Date.now() - 120_000) } })
    await database.prisma.mountOnHost.updateMany({ data: { observedAt: new Date(Date.now() - 120_000) } })

    agent.setFault({ kind: 'hang' })
    await start()
    expect(await readHost()).toMatchObject({ status: 'unknown', mounts: { wanted: 1, mounted: 0, unknown: 1 } })
    expect(await read()).toMatchObject({ status: 'unknown', hosts: [{ state: 'mounted', status: 'unknown' }] })
    expect(await readCell()).toBe('unknown')
    agent.setFault(null)
    await expect.poll(async () => (await read()).status, { timeout: 30_000 }).toBe('mounted')
    expect(await readHost()).toMatchObject({ status: 'online', mounts: { wanted: 1, mounted: 1, unknown: 0 } })
    expect(await readCell()).toBe('mounted')
  })
})
