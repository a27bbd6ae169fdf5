import { expect, it } from 'vitest'
import { z } from 'zod'
import { DELETE, GET as getOne } from '@/app/api/v1/storage/backends/[id]/route'
import { POST as testSaved } from '@/app/api/v1/storage/backends/[id]/test/route'
import { POST as create, GET as list } from '@/app/api/v1/storage/backends/route'
import { BackendView } from '@/lib/backends/schema'
import { NFS, S3, SECRET, useBackends } from '@/testing/backends'
import { testDatabases } from '@/testing/database'
import { makeMount } from '@/testing/factories'

testDatabases('storage/backends', (database) => {
  const { api, host, post, make, patch, everythingStored } = useBackends(database)

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
      total_inodes: null,
      used_inodes: null,
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

  it('tells of a field that is not known which there are, secret ones too', async () => {
    const [problem] =
      (await post({ name: 'bad', type: 's3', config: { secret: 'x' } }))
        .problem()
        .fields?.filter(({ field }) => field === 'config.secret') ?? []
    expect(problem?.message).toMatch(/Known are .*\bbucket\b.*\bsecret_access_key\b/)
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
