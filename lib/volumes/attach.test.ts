import { expect, it, vi } from 'vitest'
import { PATCH as patchPool } from '@/app/api/v1/storage/pools/[id]/route'
import { POST as makeVolumeRoute } from '@/app/api/v1/storage/pools/[id]/volumes/route'
import { POST as makePool } from '@/app/api/v1/storage/pools/route'
import { GET as attachRoute } from '@/app/api/v1/volumes/[id]/attach-info/route'
import { PoolView } from '@/lib/pools/schema'
import { AttachView, VolumeView } from '@/lib/volumes/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import { makeBackend } from '@/testing/factories'

vi.setConfig({ testTimeout: 40_000 })

const WAIT = { prefer: 'wait=20' }

testDatabases('what a machine needs of a volume', (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)

  it('is its file on the host that has it, and on no other one', async () => {
    const [agent, other] = [await fleet().addHost(), await fleet().addHost()]
    const backend = await makeBackend(database.prisma)
    const body = { name: 'machines', backend_id: backend.id, host_ids: [agent.hostId, other.hostId] }
    const pool = (await api.call('operator', makePool, 'POST', { body, headers: WAIT })).data(PoolView)
    const params = { id: pool.id }
    const nowhere = await api.call('operator', makeVolumeRoute, 'POST', { params, body: { name: 'a', size: '1 MiB' } })
    expect(nowhere.problem().fields?.[0]).toMatchObject({ field: 'host_id' })
    const made = await api.call('operator', makeVolumeRoute, 'POST', {
      params,
      body: { name: 'a', size: '1 MiB', host_id: agent.hostId },
      headers: WAIT,
    })
    const { id } = made.data(VolumeView)
    const ask = (query: string) => api.call('viewer', attachRoute, 'GET', { params: { id }, query })
    const info = (await ask(`host=${agent.hostId}&bus=scsi`)).data(AttachView)
    expect(info).toMatchObject({ type: 'file', bus: 'scsi', file_path: `/mnt/holdfast/machines/${id}/disk.qcow2` })
    expect(info.disk_xml).toContain(`/mnt/holdfast/machines/${id}/disk.qcow2`)
    const elsewhere = await ask(`host=${other.hostId}`)
    expect(elsewhere.problem()).toMatchObject({ code: 'invalid_input', fields: [{ field: 'host' }] })
    await api.call('operator', patchPool, 'PATCH', { params, body: { maintenance: true } })
    expect((await ask(`host=${agent.hostId}`)).problem().detail).toContain('maintenance')
  })
})
