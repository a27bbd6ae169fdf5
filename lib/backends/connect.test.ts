import { expect, it } from 'vitest'
import { POST as connect } from '@/app/api/v1/storage/backends/[id]/connect/route'
import { POST as disconnect } from '@/app/api/v1/storage/backends/[id]/disconnect/route'
import { DELETE, GET as getOne } from '@/app/api/v1/storage/backends/[id]/route'
import { POST as create } from '@/app/api/v1/storage/backends/route'
import { BackendView } from '@/lib/backends/schema'
import { HoldfastError } from '@/lib/errors'
import { OperationView } from '@/lib/operations/schema'
import { useTestApi } from '@/lib/testing/api'
import { useTestFleet } from '@/lib/testing/api-fleet'
import { testDatabases } from '@/lib/testing/database'

const SAN = {
  portal: '192.0.2.50',
  target: 'iqn.2026-01.com.example:storage',
  chap_enabled: true,
  chap_user: 'initiator',
  chap_password: 'canary-not-a-real-chap',
}

testDatabases('connecting backends', (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)

  async function online(handlers = {}) {
    const agent = await fleet().addHost({ handlers })
    await expect
      .poll(() => database.prisma.host.count({ where: { id: agent.hostId, observedStatus: 'online' } }))
      .toBe(1)
    return agent
  }
  async function make(name: string, type = 'iscsi-lvm', config: unknown = SAN) {
    return (await api.call('operator', create, 'POST', { body: { name, type, config } })).data(BackendView)
  }
  const act = (verb: typeof connect, id: string, hostId: string) =>
    api.call('operator', verb, 'POST', { params: { id }, body: { host_id: hostId }, headers: { prefer: 'wait=20' } })

  it('opens it on the host with its secret, keeps the capacity, and closes it again', async () => {
    const agent = await online()
    const { id, capabilities } = await make('san')
    expect(capabilities).toEqual(expect.arrayContaining(['connect']))
    const opened = await act(connect, id, agent.hostId)
    expect(opened.status).toBe(200)
    expect(opened.data(OperationView)).toMatchObject({
      kind: 'backend.connect',
      status: 'succeeded',
      result: { summary: 'Connected.', details: { device: '/dev/fake' } },
    })
    const sent = agent.calls.find(({ operation }) => operation === 'connectBackend')?.request
    expect(sent).toMatchObject({
      resourceId: id,
      generation: 1,
      fence: expect.any(Number),
      ttlMs: expect.any(Number),
      backend: { secrets: { chap_password: SAN.chap_password } },
    })
    const view = (await api.call('viewer', getOne, 'GET', { params: { id } })).data(BackendView)
    expect(view).toMatchObject({ status: 'online', stats: { total_bytes: 2_000_000_000, used_bytes: 0 } })
    expect(JSON.stringify(opened.body)).not.toContain(SAN.chap_password)

    const refused = await api.call('operator', DELETE, 'DELETE', { params: { id } })
    expect(refused.body).toMatchObject({ code: 'in_use', used_by: [expect.objectContaining({ kind: 'host' })] })
    expect((await act(disconnect, id, agent.hostId)).status).toBe(200)
    expect((await api.call('operator', DELETE, 'DELETE', { params: { id } })).status).toBe(200)
  })

  it('refuses a type that is mounted, and a host that does not exist', async () => {
    const agent = await online()
    const nfs = await make('share', 'nfs', { server: 'nas.example.com', export_path: '/export' })
    expect((await act(connect, nfs.id, agent.hostId)).body).toMatchObject({ code: 'unsupported' })
    const san = await make('another san')
    expect((await act(connect, san.id, 'hst_nobody')).body).toMatchObject({ code: 'invalid_input' })
    expect(agent.calls.some(({ operation }) => operation === 'connectBackend')).toBe(false)
  })

  it('says what the host says', async () => {
    const agent = await online({
      async connectBackend() {
        const details = { problem: 'lvm.not_empty', advice: 'Clear it.' }
        throw new HoldfastError('conflict', 'The LUN is not empty.', { details })
      },
    })
    const { id } = await make('full san')
    const answer = await act(connect, id, agent.hostId)
    expect(answer.body).toMatchObject({ code: 'conflict', detail: 'The LUN is not empty.' })
  })

  it('never opens one backend on two hosts at the same moment', async () => {
    let running = 0
    let most = 0
    const handlers = {
      async connectBackend() {
        most = Math.max(most, ++running)
        await new Promise((resolve) => setTimeout(resolve, 50))
        running--
        return { summary: 'Connected.', details: {}, usage: null }
      },
    }
    const agents = [await online(handlers), await online(handlers)]
    const { id } = await make('shared san')
    const answers = await Promise.all(agents.map(({ hostId }) => act(connect, id, hostId)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(most).toBe(1)
  })
})
