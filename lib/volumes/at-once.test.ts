import { expect, it, vi } from 'vitest'
import { DELETE as removePool } from '@/app/api/v1/storage/pools/[id]/route'
import { POST as makeVolume } from '@/app/api/v1/storage/pools/[id]/volumes/route'
import { POST as makePool } from '@/app/api/v1/storage/pools/route'
import { PoolView } from '@/lib/pools/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import { makeBackend } from '@/testing/factories'

vi.setConfig({ testTimeout: 60_000 })

const WAIT = { prefer: 'wait=20' }
const ROUNDS = 4

testDatabases('what is asked of one pool at the same moment', (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)

  async function openPool(name: string, more: object = {}): Promise<string> {
    const { hostId } = await fleet().addHost()
    const backend = await makeBackend(database.prisma)
    const body = { name, backend_id: backend.id, host_ids: [hostId], ...more }
    const made = await api.call('operator', makePool, 'POST', { body, headers: WAIT })
    expect(made.status, made.text).toBe(201)
    return made.data(PoolView).id
  }
  const ask = (id: string, name: string) =>
    api.call('operator', makeVolume, 'POST', { params: { id }, body: { name, size: '1 GiB' } })

  it('keeps to its overcommit limit', async () => {
    // The simulated host has 1,000,000,000 bytes there: 2.5 times as much is two volumes of 1 GiB.
    const id = await openPool('limited', { overcommit_limit: 2.5 })
    const answers = await Promise.all(Array.from({ length: 8 }, (_, index) => ask(id, `disk-${index}`)))
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 202, 409, 409, 409, 409, 409, 409])
  })

  it('makes no volume in a pool that is removed', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const id = await openPool(`removed-${round}`)
      const remove = () => api.call('operator', removePool, 'DELETE', { params: { id } })
      const [removed, ...made] = await Promise.all([remove(), ask(id, 'one'), ask(id, 'two')])
      const isRemoved = removed.status < 300
      expect(removed.status, removed.text).toSatisfy((status: number) => [202, 204, 409].includes(status))
      for (const { status, text } of made) expect(status, text).toSatisfy((one: number) => one < 300 === !isRemoved)
    }
  })
})
