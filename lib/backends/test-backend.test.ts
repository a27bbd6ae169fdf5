import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { GET as audit } from '@/app/api/v1/audit/route'
import { GET as getOne } from '@/app/api/v1/storage/backends/[id]/route'
import { POST as testSaved } from '@/app/api/v1/storage/backends/[id]/test/route'
import { POST as discover } from '@/app/api/v1/storage/backends/discover/route'
import { POST as testUnsaved } from '@/app/api/v1/storage/backends/test/route'
import { AuditView } from '@/lib/audit/schema'
import { BackendView } from '@/lib/backends/schema'
import { ChoicesOrOperation, TestAnswer } from '@/lib/backends/test-answer'
import { HoldfastError } from '@/lib/errors'
import { OperationView } from '@/lib/operations/schema'
import { NFS, S3, SECRET, useBackends } from '@/testing/backends'
import { testDatabases } from '@/testing/database'

testDatabases('tests of backends', (database) => {
  const { api, host, post, make, patch, everythingStored } = useBackends(database)

  it('says so when there is no host to test from', async () => {
    const answer = await api.call('operator', testUnsaved, 'POST', { body: { type: 'nfs', config: NFS } })
    expect(answer.status).toBe(502)
    expect(answer.problem().detail).toContain('No host is online')
  })

  it('tests without saving, and tells a failing storage from a failing request', async () => {
    await host()
    const body = { type: 's3', config: { ...S3, secret_access_key: SECRET } }
    const good = await api.call('operator', testUnsaved, 'POST', { body })
    expect(good.status).toBe(200)
    expect(good.data(TestAnswer)).toMatchObject({ success: true, message: expect.any(String), steps: [{ id: 'name' }] })
    const bad = await api.call('operator', testUnsaved, 'POST', {
      body: { ...body, config: { ...S3, secret_access_key: 'wrong' } },
    })
    expect(bad.status).toBe(200)
    expect(bad.data(TestAnswer)).toMatchObject({ success: false, message: expect.stringContaining('Replace the key') })
    expect(await everythingStored()).not.toContain(SECRET)
    expect(await database.prisma.backend.count({ where: { name: { contains: '127.0.0.1' } } })).toBe(0)
  })

  it('hands the secret of the saved backend to a test that leaves it blank', async () => {
    const { calls } = await host()
    const { id } = await make('lender', 's3', { ...S3, secret_access_key: SECRET })
    const body = { type: 's3', backend_id: id, config: { ...S3, secret_access_key: '' } }
    await api.call('operator', testUnsaved, 'POST', { body })
    const sent = calls.at(-1)?.request as { backend: { secrets: Record<string, string> } }
    expect(sent.backend.secrets).toEqual({ secret_access_key: SECRET })
    const foreign = await api.call('operator', testUnsaved, 'POST', { body: { ...body, type: 'nfs', config: NFS } })
    expect(foreign.status).toBe(404)
  })

  it('keeps the outcome of testing a saved backend, or answers at once with the operation', async () => {
    const tester = await host()
    const { id } = await make('proven', 's3', { ...S3, secret_access_key: SECRET })
    const answer = await api.call('operator', testSaved, 'POST', { params: { id } })
    expect(answer.data(TestAnswer).success).toBe(true)
    const view = (await api.call('viewer', getOne, 'GET', { params: { id } })).data(BackendView)
    expect(view).toMatchObject({ status: 'online', stats: { total_bytes: 1000, used_bytes: 10, file_count: null } })

    tester.setFault({ kind: 'slow', delayMs: 300 }, 'testBackend')
    const at = await api.call('operator', testSaved, 'POST', { params: { id }, headers: { prefer: 'respond-async' } })
    tester.setFault(null)
    expect(at.status).toBe(202)
    const operation = at.data(OperationView)
    expect(operation).toMatchObject({ kind: 'backend.test', target: { id, name: 'proven' } })
    expect(at.headers.get('location')).toBe(`/api/v1/operations/${operation.id}`)
    // A change of the config makes the old outcome worthless.
    const changed = (await patch(id, { config: { ...S3, region: 'eu' } })).data(BackendView)
    expect(changed.status).toBe('unknown')
  })

  it('says in the audit that a test has failed', async () => {
    await host()
    const entryOf = async (secret: string) => {
      const body = { type: 's3', config: { ...S3, secret_access_key: secret } }
      await api.call('operator', testUnsaved, 'POST', { body })
      return (await api.call('admin', audit, 'GET', { query: 'limit=1&action=backend.tested' })).data(
        z.array(AuditView),
      )[0]
    }
    expect(await entryOf('wrong')).toMatchObject({ action: 'backend.tested', result: 'success', outcome: 'failed' })
    expect(await entryOf(SECRET)).toMatchObject({ action: 'backend.tested', outcome: 'succeeded' })
    await make('of no operation')
    expect(
      (await api.call('admin', audit, 'GET', { query: 'limit=1' })).data(z.array(AuditView))[0]?.outcome,
    ).toBeNull()
  })

  describe('a backend that is saved with what was tested', () => {
    const config = { ...S3, secret_access_key: SECRET }
    const tested = async (body: Record<string, unknown> = {}, who: 'operator' | 'admin' = 'operator') => {
      await host()
      const answer = await api.call(who, testUnsaved, 'POST', { body: { type: 's3', config, ...body } })
      return answer.data(TestAnswer).operation_id
    }
    let number = 0
    const save = async (over: Record<string, unknown>) => {
      const made = await post({ name: `kept-${++number}`, type: 's3', config, ...over })
      expect(made.status).toBe(201)
      const view = made.data(BackendView)
      const read = (await api.call('viewer', getOne, 'GET', { params: { id: view.id } })).data(BackendView)
      expect(read).toEqual({ ...view, secrets: read.secrets })
      return view
    }

    it('keeps the passed test, with the capacity that it found', async () => {
      const test = await tested()
      expect(await save({ tested: test })).toMatchObject({
        status: 'online',
        last_test_operation: test,
        stats: { total_bytes: 1000, used_bytes: 10, file_count: null },
      })
      const stored = JSON.stringify(await database.prisma.setting.findMany())
      expect(stored).not.toContain(SECRET)
    })

    it.each<[string, () => Promise<Record<string, unknown>>]>([
      ['of other settings', async () => ({ tested: await tested(), config: { ...config, bucket: 'other' } })],
      [
        'of another secret',
        async () => ({ tested: await tested(), config: { ...config, secret_access_key: 'other' } }),
      ],
      ['of somebody else', async () => ({ tested: await tested({}, 'admin') })],
      [
        'that failed',
        async () => {
          const bad = { ...config, secret_access_key: 'wrong' }
          return { tested: await tested({ config: bad }), config: bad }
        },
      ],
      ['that there never was', async () => ({ tested: 'op_none' })],
      [
        'that is old',
        async () => {
          const test = await tested()
          const finishedAt = new Date(Date.now() - 31 * 60_000)
          await database.prisma.operation.update({ where: { id: test }, data: { finishedAt } })
          return { tested: test }
        },
      ],
    ])('knows nothing by a test %s', async (_what, over) => {
      expect(await save(await over())).toMatchObject({ status: 'unknown', last_test_operation: null })
    })

    it('is changed with it too, the stored secret included', async () => {
      const { id } = await save({})
      const change = { ...config, region: 'new', secret_access_key: '' }
      const test = await tested({ config: change, backend_id: id })
      expect((await patch(id, { config: change, tested: test })).data(BackendView)).toMatchObject({
        status: 'online',
        last_test_operation: test,
      })
      const other = await tested({ config: { ...change, region: 'newer' }, backend_id: id })
      const changed = await patch(id, { config: { ...change, region: 'newest' }, tested: other })
      expect(changed.data(BackendView).status).toBe('unknown')
    })
  })

  it('discovers with a half-filled form, and names what is wrong in it', async () => {
    await host()
    const ask = (body: Record<string, unknown>) =>
      api.call('operator', discover, 'POST', { body: { type: 'nfs', discovery: 'exports', ...body } })
    const found = await ask({ config: { server: 'nas.example.com', export_path: '' } })
    expect(found.data(ChoicesOrOperation)).toMatchObject({
      choices: [{ value: '/volume1/shared' }, { value: '/volume1/media' }, { value: '/volume2/vms' }],
    })
    expect((await ask({ config: { server: '-o evil' } })).problem().fields?.[0]?.field).toBe('config.server')
    expect((await ask({ config: {}, discovery: 'buckets' })).problem().fields?.[0]?.field).toBe('discovery')
  })

  it('reports what a host failed of as that problem', async () => {
    const failing = await host()
    failing.setFault({ kind: 'refuse', code: 'policy_denied', message: 'Not allowed here.' }, 'testBackend')
    const answer = await api.call('operator', testUnsaved, 'POST', { body: { type: 'nfs', config: NFS } })
    failing.setFault(null)
    expect(answer.status).toBe(new HoldfastError('policy_denied', '').status)
    expect(answer.problem()).toMatchObject({
      code: 'policy_denied',
      detail: 'Not allowed here.',
      operation: { status: 'failed' },
    })
  })
})
