import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { GET as audit } from '@/app/api/v1/audit/route'
import { DELETE, GET as getOne, PATCH } from '@/app/api/v1/storage/backends/[id]/route'
import { POST as testSaved } from '@/app/api/v1/storage/backends/[id]/test/route'
import { POST as discover } from '@/app/api/v1/storage/backends/discover/route'
import { POST as create, GET as list } from '@/app/api/v1/storage/backends/route'
import { POST as testUnsaved } from '@/app/api/v1/storage/backends/test/route'
import { AuditView } from '@/lib/audit/schema'
import { BackendView } from '@/lib/backends/schema'
import { ChoicesOrOperation, TestAnswer } from '@/lib/backends/test-answer'
import { parseDatabaseUrl } from '@/lib/db/database-url'
import { HoldfastError } from '@/lib/errors'
import { OperationView } from '@/lib/operations/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import { makeMount } from '@/testing/factories'
import type { FakeAgent } from '@/testing/fake-agent'

const NFS = { server: 'nas.example.com', export_path: '/export/media' }
const S3 = { provider: 'Minio', endpoint: 'http://127.0.0.1:9000', bucket: 'media', access_key_id: 'canary-key-id' }
const SECRET = 'canary-secret-key-of-a-test'

testDatabases('storage/backends', (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)
  let agent: FakeAgent | undefined
  const host = async () => {
    agent ??= await fleet().addHost({
      handlers: {
        testBackend: async ({ backend }, call) => {
          if (backend.secrets.secret_access_key === 'wrong') {
            const step = {
              id: 'authentication',
              title: 'Authentication',
              status: 'failed',
              durationMs: 1,
              advice: 'Replace the key.',
            } as const
            call.step(step)
            return { success: false, steps: [step], usage: null }
          }
          return {
            success: true,
            steps: [{ id: 'name', title: 'Name', status: 'passed', durationMs: 1 }],
            usage: { totalBytes: 1000, usedBytes: 10, availableBytes: 990, fileCount: null },
          }
        },
      },
    })
    await expect.poll(() => database.prisma.host.count({ where: { observedStatus: 'online' } })).toBe(1)
    return agent
  }
  const post = (body: unknown) => api.call('operator', create, 'POST', { body })
  const make = async (name: string, type = 'nfs', config: unknown = NFS) =>
    (await post({ name, type, config })).data(BackendView)
  const patch = (id: string, body: unknown, headers: Record<string, string> = {}) =>
    api.call('operator', PATCH, 'PATCH', { params: { id }, body, headers })

  it('creates, lists, gets, changes and deletes as the older API did', async () => {
    const made = await post({ name: 'media', type: 'nfs', config: { ...NFS, mount_options: 'vers=4.1,hard' } })
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({ message: 'Storage backend created successfully' })
    const { id, config, stats } = made.data(BackendView)
    expect(config).toMatchObject({ ...NFS, version: '4.1', on_outage: 'hard' })
    const pasted = { server: 'nas.lan:/pasted', mount_options: 'soft,x-systemd.automount' }
    const apart = await post({ name: 'pasted', type: 'nfs', config: pasted })
    expect(apart.data(BackendView).config).toMatchObject({ server: 'nas.lan', export_path: '/pasted', version: 'auto' })
    expect(apart.body).toMatchObject({
      message: expect.stringMatching(/Server nas.lan, Export path \/pasted.*x-systemd.automount/),
    })
    const pastedId = apart.data(BackendView).id
    await api.call('operator', DELETE, 'DELETE', { params: { id: pastedId } })
    expect(stats).toEqual({
      used_bytes: null,
      total_bytes: null,
      available_bytes: null,
      file_count: null,
      template_count: 0,
      as_of: null,
    })

    const listed = await api.call('viewer', list, 'GET')
    expect(listed.body).toMatchObject({ total: 1, data: [{ id, name: 'media', type: 'nfs', mount_count: 0 }] })
    const renamed = await patch(id, { name: 'films' })
    expect(renamed.body).toMatchObject({ data: { name: 'films' }, message: 'Backend updated successfully' })
    const deleted = await api.call('operator', DELETE, 'DELETE', { params: { id } })
    expect(deleted.body).toEqual({ data: { id }, message: 'Backend deleted successfully' })
    const gone = await api.call('viewer', getOne, 'GET', { params: { id } })
    expect(gone.status).toBe(404)
    expect(gone.problem().detail).toBe('Backend not found')
  })

  it.each([
    ['an unknown type', { type: 'floppy', config: {} }, 'type'],
    [
      'an export path that is not absolute',
      { type: 'nfs', config: { ...NFS, export_path: 'media' } },
      'config.export_path',
    ],
    ['a missing server', { type: 'nfs', config: { export_path: '/x' } }, 'config.server'],
    ['an option outside the set', { type: 'nfs', config: { ...NFS, options: 'vers=4.1,suid' } }, 'config.options'],
    ['a field that is not known', { type: 'nfs', config: { ...NFS, exprot: '/x' } }, 'config.exprot'],
    ['an empty name', { name: '', type: 'nfs', config: NFS }, 'name'],
    ['a field beside config', { type: 'nfs', config: NFS, status: 'online' }, 'status'],
  ])('refuses %s with 400 and the name of the field', async (_case, body, field) => {
    const answer = await post({ name: 'bad', ...body })
    expect(answer.status).toBe(400)
    expect(answer.problem().fields?.map((problem) => problem.field)).toContain(field)
    expect(answer.problem().detail.length).toBeGreaterThan(20)
  })

  it('says once what is wrong with an empty name', async () => {
    const refused = (await post({ name: ' ', type: 'nfs', config: NFS })).problem()
    expect(refused.fields).toEqual([{ field: 'name', message: 'Give the backend a name.' }])
  })

  it('carries out every change of one backend that names no version, whoever comes at the same moment', async () => {
    const { id } = (await post({ name: 'wanted', type: 'nfs', config: NFS })).data(BackendView)
    const others = await Promise.all(
      [1, 2, 3, 4].map((number) => post({ name: `other-${number}`, type: 'nfs', config: NFS })),
    )
    const changes = [
      ...[1, 2, 3, 4].map((number) => ({ id, name: `wanted-${number}` })),
      // Their transactions are in the same COMMIT.
      ...others.map((other, number) => ({ id: other.data(BackendView).id, name: `another-${number}` })),
    ]
    const answers = await Promise.all(changes.map(({ id: one, name }) => patch(one, { name })))
    expect(answers.map(({ status }) => status)).toEqual(changes.map(() => 200))
  })

  it('refuses a name that is taken, also when both come at once', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => post({ name: 'twin', type: 'nfs', config: NFS })))
    expect(answers.map((answer) => answer.status).sort()).toEqual([201, 409, 409])
    const refused = answers.find((answer) => answer.status === 409)
    expect(refused?.problem().detail).toBe("Backend 'twin' already exists")
    const other = await make('other')
    const renamed = await patch(other.id, { name: 'twin' })
    expect(renamed.status).toBe(409)
    const { id } = await database.prisma.backend.findUniqueOrThrow({ where: { name: 'twin' } })
    expect(renamed.problem()).toMatchObject({ taken_by: { kind: 'backend', id, name: 'twin' } })
    for (const { text } of [...answers, renamed]) expect(text).not.toContain('ETag')
  })

  it('keeps secrets sealed: never shown, never logged, never in the database', async () => {
    const made = await post({ name: 'bucket', type: 's3', config: { ...S3, secret_access_key: SECRET } })
    const { id, secrets, config } = made.data(BackendView)
    expect(config).not.toHaveProperty('secret_access_key')
    expect(secrets.secret_access_key).toMatchObject({
      has_secret: true,
      fingerprint: expect.stringMatching(/^[0-9a-f]{8}$/),
    })

    const same = (await patch(id, { config: { ...S3, secret_access_key: '', region: 'eu' } })).data(BackendView)
    expect(same.secrets.secret_access_key?.fingerprint).toBe(secrets.secret_access_key?.fingerprint)
    const replaced = (await patch(id, { config: { ...S3, secret_access_key: `${SECRET}2` } })).data(BackendView)
    expect(replaced.secrets.secret_access_key?.fingerprint).not.toBe(secrets.secret_access_key?.fingerprint)
    const cleared = (await patch(id, { config: { ...S3, secret_access_key: null } })).data(BackendView)
    expect(cleared.secrets.secret_access_key).toEqual({ has_secret: false, fingerprint: null, updated_at: null })
    await patch(id, { config: { ...S3, secret_access_key: SECRET } })
    await post({ name: 'bucket', type: 's3', config: { ...S3, secret_access_key: SECRET, bogus: SECRET } })

    const bodies = [
      made,
      await api.call('viewer', getOne, 'GET', { params: { id } }),
      await api.call('viewer', list, 'GET'),
    ]
    for (const { text } of bodies) expect(text).not.toContain(SECRET)
    expect(api.logged.join('\n')).not.toContain(SECRET)
    expect(await everythingStored()).not.toContain(SECRET)
  })

  async function everythingStored(): Promise<string> {
    const location = parseDatabaseUrl(database.url)
    if (location.provider === 'sqlite') {
      return ['', '-wal'].map((end) => readFileSync(`${location.path}${end}`, 'latin1')).join('')
    }
    const { backend, backendSecret, operation, auditEntry, idempotencyKey } = database.prisma
    const tables = [backend, backendSecret, operation, auditEntry, idempotencyKey] as {
      findMany(): Promise<unknown[]>
    }[]
    return JSON.stringify(await Promise.all(tables.map((table) => table.findMany())), (_key, value) =>
      typeof value === 'bigint' ? Number(value) : value,
    )
  }

  it('replaces the config, leaves what is null, and looks at no other key', async () => {
    const page = { base_url: 'https://files.example.com', auth_method: 'basic', username: 'anna', password: SECRET }
    const { id } = await make('replaced', 'http', page)
    const open = { base_url: 'https://files.example.com', auth_method: 'none' }
    const changed = (await patch(id, { name: null, config: open, colour: 'blue' })).data(BackendView)
    expect(changed).toMatchObject({ name: 'replaced', config: { auth_method: 'none' } })
    expect(changed.config).not.toHaveProperty('username')
    expect((await patch(id, { name: 'renamed', config: null })).data(BackendView)).toMatchObject({
      name: 'renamed',
      config: changed.config,
    })
    expect((await patch(id, { config: {} })).data(BackendView)).toMatchObject({ config: changed.config, generation: 3 })
    expect((await patch(id, { config: { auth_method: 'none' } })).problem().fields?.[0]?.field).toBe('config.base_url')
  })

  it.each([
    ['nfs', NFS, { ...NFS, export_path: '/export/other' }, 'export_path'],
    ['s3', S3, { ...S3, bucket: 'other' }, 'bucket'],
  ])('lets a backend of type %s become another storage while nothing uses it', async (type, config, other, field) => {
    const { id } = await make(`moving ${type}`, type, config)
    expect((await patch(id, { config: other })).data(BackendView).config).toMatchObject({
      [field]: other[field as never],
    })
    const mount = await makeMount(database.prisma, { backendId: id, name: `moving-${type}` })
    const refused = await patch(id, { config })
    expect(refused.status).toBe(409)
    expect(refused.problem()).toMatchObject({
      code: 'in_use',
      detail: expect.stringContaining(`mount '${mount.name}'`),
      fields: [{ field: `config.${field}`, message: expect.stringContaining('another storage') }],
      used_by: [{ kind: 'mount', id: mount.id, name: mount.name }],
    })
    await database.prisma.mount.update({ where: { id: mount.id }, data: { deletedAt: new Date() } })
    expect((await patch(id, { config })).status).toBe(409)
    await database.prisma.mount.delete({ where: { id: mount.id } })
    expect((await patch(id, { config })).status).toBe(200)
  })

  it('lets only one of two who saw the same version change it', async () => {
    const made = await post({ name: 'versioned', type: 'nfs', config: NFS })
    const { id } = made.data(BackendView)
    const headers = { 'if-match': made.headers.get('etag') ?? '' }
    const answers = await Promise.all([
      patch(id, { config: { ...NFS, server: 'a.example.com' } }, headers),
      patch(id, { config: { ...NFS, server: 'b.example.com' } }, headers),
    ])
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 412])
    expect((await patch(id, { name: 'too-late' }, headers)).status).toBe(412)
    expect((await patch(id, { name: 'x' }, { 'if-match': '"nonsense"' })).status).toBe(412)
  })

  it('deletes nothing that is in use, and says by what', async () => {
    const { id } = await make('used')
    const mount = await makeMount(database.prisma, { backendId: id, name: 'films' })
    const refused = await api.call('operator', DELETE, 'DELETE', { params: { id } })
    expect(refused.status).toBe(409)
    expect(refused.problem()).toMatchObject({
      code: 'in_use',
      detail: "Backend 'used' is used by mount 'films'.",
      used_by: [{ kind: 'mount', id: mount.id, name: 'films' }],
    })
  })

  it('pages, filters and searches', async () => {
    const all = (await api.call('viewer', list, 'GET')).body as { total: number }
    const seen: string[] = []
    let cursor = ''
    for (let page = 0; page < 20; page++) {
      const answer = await api.call('viewer', list, 'GET', { query: `limit=2${cursor}` })
      seen.push(...answer.data(z.array(BackendView)).map((backend) => backend.id))
      const { nextCursor } = answer.body as { nextCursor?: string }
      if (nextCursor === undefined) break
      cursor = `&cursor=${nextCursor}`
    }
    expect(new Set(seen).size).toBe(all.total)
    expect(seen.length).toBe(all.total)
    const s3 = await api.call('viewer', list, 'GET', { query: 'type=s3' })
    expect(s3.data(z.array(BackendView)).map((backend) => backend.name)).toEqual(['bucket', 'moving s3'])
    const several = await api.call('viewer', list, 'GET', { query: 'type=s3,nfs' })
    expect(new Set(several.data(z.array(BackendView)).map((backend) => backend.type))).toEqual(new Set(['s3', 'nfs']))
    const states = await api.call('viewer', list, 'GET', { query: 'type=s3&status=online,offline,error,unknown' })
    expect(states.body).toMatchObject({ total: 2 })
    expect((await api.call('viewer', list, 'GET', { query: 'status=online,broken' })).status).toBe(400)
    const search = await api.call('viewer', list, 'GET', { query: 'search=VERSION' })
    expect(search.body).toMatchObject({ total: 1, data: [{ name: 'versioned' }] })
    const bad = await api.call('viewer', list, 'GET', { query: 'limit=0&colour=red' })
    expect(
      bad
        .problem()
        .fields?.map((problem) => problem.field)
        .sort(),
    ).toEqual(['colour', 'limit'])
  })

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

  it('writes exactly one audit entry for every change, and none for a refusal', async () => {
    const count = () => database.prisma.auditEntry.count()
    const added = async (run: () => Promise<unknown>) => {
      const before = await count()
      await run()
      return (await count()) - before
    }
    await host()
    const { id } = await make('audited')
    expect(await added(() => make('audited 2'))).toBe(1)
    expect(await added(() => patch(id, { name: 'audited 3' }))).toBe(1)
    expect(await added(() => api.call('operator', testSaved, 'POST', { params: { id } }))).toBe(1)
    expect(await added(() => api.call('operator', DELETE, 'DELETE', { params: { id } }))).toBe(1)
    expect(await added(() => post({ name: 'audited 2', type: 'nfs', config: NFS }))).toBe(0)
    expect(
      await added(() => api.call('viewer', create, 'POST', { body: { name: 'v', type: 'nfs', config: NFS } })),
    ).toBe(0)
    expect(await added(() => patch(id, { name: 'gone' }))).toBe(0)
  })
})
