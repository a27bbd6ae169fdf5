import { afterEach, describe, expect, it, vi } from 'vitest'
import { GET, PATCH } from '@/app/api/v1/storage/backends/[id]/route'
import { POST } from '@/app/api/v1/storage/backends/route'
import { BackendView } from '@/lib/backends/schema'
import { SqliteConnection } from '@/lib/db/sqlite-connection'
import { useTestApi } from '@/testing/api'
import { useTestDatabase } from '@/testing/database'

const NFS = { server: '10.0.0.1', export_path: '/export/a', version: '4.2' }

/** What clients do most with backends. A model of Prisma inside a transaction costs ten times what its statement does. */
describe('the statements of one request', () => {
  const api = useTestApi(useTestDatabase())
  afterEach(() => vi.restoreAllMocks())

  /** The tables of each statement, and whether Prisma wrote it. */
  async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
    const spies = [vi.spyOn(SqliteConnection.prototype, 'query'), vi.spyOn(SqliteConnection.prototype, 'execute')]
    await work()
    return spies
      .flatMap(({ mock }) => mock.calls.map(([{ sql }], at) => ({ sql, at: mock.invocationCallOrder[at] ?? 0 })))
      .sort((one, other) => one.at - other.at)
      .map(({ sql }) => `${/[`]/.test(sql) ? 'model' : 'plain'} ${/SELECT|INSERT|UPDATE|DELETE/.exec(sql)?.[0]}`)
  }

  const make = (name: string) => api.call('admin', POST, 'POST', { body: { name, type: 'nfs', config: NFS } })

  it('are few and plain', async () => {
    const { id } = (await make('first')).data(BackendView)
    const params = { id }
    const plain = (...verbs: string[]) => verbs.map((verb) => `plain ${verb}`)
    expect(await statementsOf(() => make('second'))).toEqual(plain('SELECT', 'INSERT', 'SELECT', 'INSERT'))
    vi.restoreAllMocks()
    expect(await statementsOf(() => api.call('admin', PATCH, 'PATCH', { params, body: { name: 'other' } }))).toEqual(
      plain('SELECT', 'SELECT', 'SELECT', 'UPDATE', 'SELECT', 'INSERT'),
    )
    vi.restoreAllMocks()
    expect(await statementsOf(() => api.call('admin', GET, 'GET', { params }))).toEqual(plain('SELECT'))
  })
})
