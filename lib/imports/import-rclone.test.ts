import { expect, it } from 'vitest'
import { POST as importRclone } from '@/app/api/v1/storage/import-rclone/route'
import { ImportResult } from '@/lib/imports/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'

const SECRET = 'canary-secret-of-an-import'
const KEYS = ['access_key_id = fake-key', `secret_access_key = ${SECRET}`]
const TEXT = [
  '[media]',
  'type = s3',
  'provider = Minio',
  'endpoint = https://s3.example.com/',
  ...KEYS,
  '[films]',
  'type = alias',
  'remote = media:films',
  '[home]',
  'type = sftp',
  '[bad]',
  'type = s3',
  'ssh = rm -rf /',
  '[twin]',
  'type = s3',
  'provider = Other',
  'endpoint = s3.example.com',
  ...KEYS,
  'what is this',
].join('\n')

testDatabases('storage/import-rclone', (database) => {
  const api = useTestApi(database)
  useTestFleet(database)
  const post = (body: unknown) => api.call('operator', importRclone, 'POST', { body })
  const count = () => database.prisma.backend.count()

  it('previews without changing anything', async () => {
    const answer = await post({ content: TEXT, dry_run: true })
    expect(answer.status).toBe(200)
    expect(answer.data(ImportResult)).toMatchObject({
      dry_run: true,
      created: 1,
      skipped: 3,
      refused: 1,
      remotes: [
        { line: 1, name: 'media', action: 'create', backends: [{ bucket: 'films', name: 'media', backend_id: null }] },
        { line: 7, name: 'films', action: 'skip' },
        { line: 10, name: 'home', action: 'skip', reason: expect.stringContaining('sftp') },
        { line: 12, name: 'bad', action: 'refuse', reason: expect.stringContaining('"ssh" (line 14)') },
        {
          line: 15,
          name: 'twin',
          action: 'skip',
          reason: expect.stringContaining("Backend 'media' uses this server and key already"),
          problems: [{ line: 21 }],
        },
      ],
    })
    expect(await count()).toBe(0)
  })

  it('makes what can be made, seals the secret, and says of the rest why not', async () => {
    const remotes = [
      { name: 'media', bucket: 'photos' },
      { name: 'media', bucket: 'x' },
      { name: 'twin', bucket: 'photos' },
      { name: 'twin', bucket: 'music', backend_name: 'Music' },
    ]
    const answer = await post({ config: TEXT, remotes })
    const { remotes: found, ...counts } = answer.data(ImportResult)
    expect(counts).toMatchObject({ dry_run: false, created: 2 })
    expect(found[0]?.backends).toMatchObject([
      { name: 'media photos', action: 'create', backend_id: expect.stringMatching(/^bkd_/) },
      { bucket: 'x', action: 'refuse', reason: expect.stringContaining('3 to 63') },
    ])
    expect(found[4]?.backends).toMatchObject([
      { bucket: 'photos', action: 'skip', reason: expect.stringContaining("'media photos'") },
      { name: 'Music', bucket: 'music', action: 'create' },
    ])
    const rows = await database.prisma.backend.findMany({ include: { secrets: true }, orderBy: { name: 'asc' } })
    expect(rows.map(({ name, driver, secrets }) => [name, driver, secrets.map((s) => s.field)])).toEqual([
      ['Music', 's3', ['secret_access_key']],
      ['media photos', 's3', ['secret_access_key']],
    ])
    expect(JSON.stringify(rows)).not.toContain(SECRET)
    expect(answer.text).not.toContain(SECRET)
    expect(api.logged.join('\n')).not.toContain(SECRET)
  })

  it('knows the second time what it made the first time', async () => {
    const before = await count()
    const again = await post({ content: TEXT, remotes: [{ name: 'media', bucket: 'photos' }] })
    expect(again.data(ImportResult)).toMatchObject({
      created: 0,
      remotes: [
        { existing: [{ bucket: 'photos' }, { bucket: 'music' }], backends: [{ action: 'skip' }] },
        { action: 'skip' },
        { action: 'skip' },
        { action: 'refuse' },
        { action: 'skip', reason: 'Not chosen.' },
      ],
    })
    expect(await count()).toBe(before)
  })

  it('refuses a remote without a bucket, with the cure', async () => {
    const text = `[lonely]\ntype = s3\nprovider = AWS\nregion = eu-west-1\naccess_key_id = k2\nsecret_access_key = ${SECRET}`
    const [remote] = (await post({ content: text })).data(ImportResult).remotes
    expect(remote).toMatchObject({ action: 'refuse', reason: expect.stringContaining('"bucket"') })
    const named = await post({ content: text, remotes: [{ name: 'lonely', bucket: 'b-1', backend_name: 'Music' }] })
    expect(named.data(ImportResult).remotes[0]?.backends).toMatchObject([
      { action: 'refuse', reason: expect.stringContaining("'Music' already exists") },
    ])
  })

  it.each([
    ['nothing', {}, 'content'],
    ['blank text', { content: ' \n' }, 'content'],
    ['two texts', { content: 'a', config: 'b' }, 'content'],
    ['an encrypted file', { content: 'RCLONE_ENCRYPT_V0:\nabc' }, 'content'],
    ['a remote that is not there', { content: TEXT, remotes: [{ name: 'nobody', bucket: 'abc' }] }, 'remotes.0.name'],
  ])('refuses %s', async (_case, body, field) => {
    const answer = await post(body)
    expect(answer.status).toBe(400)
    expect(answer.problem().fields?.[0]?.field).toBe(field)
  })

  it('takes a text that is larger than other bodies may be', async () => {
    const text = `${TEXT}\n${'# a comment of some length\n'.repeat(20_000)}`
    expect((await post({ content: text, dry_run: true })).status).toBe(200)
  })
})
