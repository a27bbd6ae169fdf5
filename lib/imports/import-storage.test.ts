import { expect, it } from 'vitest'
import { POST as importStorage } from '@/app/api/v1/storage/import/route'
import { POST as importRclone } from '@/app/api/v1/storage/import-rclone/route'
import { ImportResult } from '@/lib/imports/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import type { FakeAgent } from '@/testing/fake-agent'

const SECRET = 'canary-secret-of-an-import'
const KEYS = `access_key_id = fake-key\nsecret_access_key = ${SECRET}`
const RCLONE = `[aws]\ntype = s3\nprovider = AWS\nregion = eu-west-1\n${KEYS}\n[site]\ntype = alias\nremote = aws:www.example.com/static\n[bare]\ntype = s3\nprovider = Minio\nendpoint = http://192.0.2.4:9000\n${KEYS}`
const VOLUMES = JSON.stringify([
  { Name: 'films', Driver: 'local', Options: { type: 'nfs', o: 'addr=192.0.2.10,ro', device: ':/export/films' } },
  { Name: 'share', Driver: 'local', Options: { type: 'cifs', o: 'username=bob', device: '//nas/share' } },
  { Name: 'plain', Driver: 'local', Options: null },
])
const WOLFSTACK = JSON.stringify({
  mounts: [
    { name: 'Music', type: 'nfs', source: 'nas:/export/music', mount_point: '/mnt/wolfstack/music', global: true },
  ],
})

testDatabases('storage/import', (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)
  let agent: FakeAgent | undefined
  const host = async () => {
    agent ??= await fleet().addHost()
    await expect.poll(() => database.prisma.host.count({ where: { observedStatus: 'online' } })).toBe(1)
    return agent.hostId
  }
  const post = (body: unknown) => api.call('operator', importStorage, 'POST', { body })
  const counts = async () => [await database.prisma.backend.count(), await database.prisma.mount.count()]
  const mountNamed = (name: string) => database.prisma.mount.findFirst({ where: { name }, include: { hosts: true } })

  it('shows the mounts that it would make, and makes nothing', async () => {
    await host()
    const result = (await post({ content: RCLONE, dry_run: true })).data(ImportResult)
    expect(result).toMatchObject({ format: 'rclone', created: 2, mounts_created: 1 })
    expect(result.remotes).toMatchObject([
      {
        name: 'aws',
        driver: 's3',
        needs: [],
        backends: [
          {
            bucket: 'www.example.com',
            action: 'create',
            mount: { name: 'aws', mount_point: '/mnt/aws', action: 'create', mount_id: null },
          },
        ],
      },
      { name: 'site', action: 'skip' },
      { name: 'bare', needs: ['bucket'], backends: [], reason: expect.stringContaining('Name the bucket') },
    ])
    expect(await counts()).toEqual([0, 0])
  })

  it('writes the mounts down for the host of the console, and asks for the buckets that are missing', async () => {
    const hostId = await host()
    const answer = await api.call('operator', importRclone, 'POST', { body: { content: RCLONE } })
    const result = answer.data(ImportResult)
    expect(result).toMatchObject({ created: 1, refused: 1, mounts_created: 1 })
    expect(result.remotes[2]).toMatchObject({ action: 'refuse', needs: ['bucket'] })
    const made = await mountNamed('aws')
    expect(result.remotes[0]?.backends[0]?.mount?.mount_id).toBe(made?.id)
    expect(made).toMatchObject({ mountPoint: '/mnt/aws', desiredState: 'unmounted', autoMount: false })
    expect(made?.hosts.map((on) => on.hostId)).toEqual([hostId])
    const backend = await database.prisma.backend.findFirst({ where: { name: 'aws' } })
    expect(backend?.config).toMatchObject({ bucket: 'www.example.com', path_style: true })
    expect(answer.text + api.logged.join('\n')).not.toContain(SECRET)
  })

  it('takes buckets by the name of the remote, and makes no mounts when none are wanted', async () => {
    const before = await counts()
    const body = { content: RCLONE, buckets: { bare: ['photos', 'music'] }, mounts: false }
    expect((await post(body)).data(ImportResult)).toMatchObject({
      created: 2,
      skipped: 2,
      mounts_created: 0,
      remotes: [
        { backends: [{ action: 'skip' }] },
        {},
        { backends: [{ name: 'bare photos', mount: null }, { name: 'bare music' }] },
      ],
    })
    expect(await counts()).toEqual([(before[0] ?? 0) + 2, before[1]])
    expect((await post({ ...body, buckets: { nobody: 'x' } })).problem().fields?.[0]?.field).toBe('buckets.nobody')
  })

  it('asks for a password that the text does not have, and seals it', async () => {
    const preview = (await post({ content: VOLUMES, dry_run: true })).data(ImportResult)
    expect(preview).toMatchObject({
      format: 'docker',
      remotes: [{ line: null, needs: [] }, { needs: ['password'] }, { action: 'skip' }],
    })
    const first = (await post({ content: VOLUMES })).data(ImportResult)
    expect(first).toMatchObject({ created: 1, refused: 1 })
    expect(first.remotes[1]?.backends[0]).toMatchObject({
      action: 'refuse',
      reason: expect.stringContaining('"password"'),
    })
    expect(await mountNamed('films')).toMatchObject({ readOnly: true })

    const remotes = [
      { name: 'share', config: { password: SECRET }, backend_name: 'Share', mount_point: '/mnt/elsewhere' },
    ]
    const answer = await post({ content: VOLUMES, remotes, do_mount: true })
    expect(answer.data(ImportResult)).toMatchObject({ created: 1, mounts_created: 1 })
    expect(answer.text + api.logged.join('\n')).not.toContain(SECRET)
    expect(await database.prisma.backendSecret.count({ where: { backend: { name: 'Share' } } })).toBe(1)
    expect(await mountNamed('share')).toMatchObject({
      mountPoint: '/mnt/elsewhere',
      desiredState: 'mounted',
      autoMount: true,
    })
  })

  it('knows the second time what is there, and keeps place and reach of the source', async () => {
    const before = await counts()
    const again = (await post({ content: VOLUMES, remotes: [{ name: 'films' }] })).data(ImportResult)
    expect(again.remotes[0]?.backends).toMatchObject([
      { action: 'skip', reason: "Backend 'films' is this storage already.", mount: null },
    ])
    expect(await counts()).toEqual(before)
    expect((await post({ content: WOLFSTACK })).data(ImportResult)).toMatchObject({
      format: 'wolfstack',
      mounts_created: 1,
    })
    expect(await mountNamed('music')).toMatchObject({ mountPoint: '/mnt/wolfstack/music', targets: 'all' })
  })

  it('takes another bucket than the text says, and none where there are no buckets', async () => {
    const s3_config = { access_key_id: 'fake-key-2', secret_access_key: SECRET, region: 'eu-west-1', provider: 'AWS' }
    const content = JSON.stringify({ mounts: [{ name: 'S3', type: 's3', source: 'one-bucket:', s3_config }] })
    const named = { content, dry_run: true, remotes: [{ name: 'S3', bucket: 'two-bucket' }] }
    expect((await post(named)).data(ImportResult).remotes[0]?.backends).toMatchObject([
      { bucket: 'two-bucket', action: 'create' },
    ])
    expect((await post({ content, dry_run: true })).data(ImportResult).remotes[0]?.backends).toMatchObject([
      { bucket: 'one-bucket' },
    ])
    const wrong = { content: WOLFSTACK, dry_run: true, remotes: [{ name: 'Music', bucket: 'two-bucket' }] }
    expect((await post(wrong)).data(ImportResult).remotes[0]).toMatchObject({
      action: 'refuse',
      reason: expect.stringContaining('no buckets'),
    })
  })

  it('shows no setting that its field would refuse: a sign-in may stand in it', async () => {
    await host()
    const content = `iscsi: a\n\tportal bob:${SECRET}@san\n\ttarget iqn.2001-04.com.example:a\n`
    for (const dry_run of [true, false]) {
      const reply = await post({ content, dry_run })
      expect(reply.data(ImportResult).remotes).toMatchObject([
        {
          name: 'a',
          remote: { portal: null, target: 'iqn.2001-04.com.example:a' },
          backends: dry_run ? expect.anything() : [{ action: 'refuse' }],
        },
      ])
      expect(reply.text).not.toContain(SECRET)
    }
  })

  it('takes an address with a sign-in of storage.json apart, and seals the password', async () => {
    await host()
    const share = { name: 'signed', type: 'smb', source: `smb://bob:${SECRET}@nas/films/2020` }
    const reply = await post({ content: JSON.stringify({ mounts: [share] }) })
    expect(reply.data(ImportResult).remotes).toMatchObject([
      { action: 'create', needs: [], remote: { server: 'nas', share_name: 'films', path: '2020', username: 'bob' } },
    ])
    expect(reply.text).not.toContain(SECRET)
    const { secrets, ...backend } = await database.prisma.backend.findFirstOrThrow({
      where: { name: 'signed' },
      include: { secrets: true },
    })
    expect(JSON.stringify([backend, secrets], (_key, value) => (typeof value === 'bigint' ? 0 : value))).not.toContain(
      SECRET,
    )
    expect(secrets).toMatchObject([{ field: 'password' }])
  })

  it('keeps the backend when its mount is refused, with the reason', async () => {
    const text = WOLFSTACK.replace('Music', 'Other').replace('nas:/export/music', 'nas:/export/other')
    const found = (await post({ content: text, host_ids: [await host()] })).data(ImportResult)
    expect(found).toMatchObject({ created: 1, mounts_created: 0 })
    expect(found.remotes[0]?.backends[0]?.mount).toMatchObject({
      action: 'refuse',
      mount_id: null,
      reason: expect.stringContaining('/mnt/wolfstack/music'),
    })
  })

  it('makes one plan of several texts, changes nothing before it is applied, and nothing twice', async () => {
    const host_ids = [await host()]
    const cfg = 'nfs: pve\n\tserver nas\n\texport /export/pve\n\tcontent images\n'
    const guest = `name: erp\ncipassword: ${SECRET}\nscsi0: pve:101/disk.qcow2,size=8G\n`
    const compose = `services:\n  web:\n    environment: { A: ${SECRET} }\n    volumes: ["pve:/x"]\nvolumes:\n  pve:\n    driver_opts: { type: nfs, o: addr=nas, device: ":/export/web" }\n`
    const files = [
      { name: '101.conf', content: guest },
      { name: 'storage.cfg', content: cfg },
      { name: 'compose.yml', content: compose },
      { name: 'broken.yml', content: `volumes:\n  a: [${SECRET}\n` },
      // The same once more, under another name.
      { content: cfg.replace('nfs: pve', 'nfs: again') },
    ]
    const before = await counts()
    const preview = await post({ files, dry_run: true, host_ids })
    const plan = preview.data(ImportResult)
    expect(plan).toMatchObject({ format: 'proxmox-guest', created: 2, skipped: 1, mounts_created: 2 })
    expect(plan.files).toMatchObject([
      { name: '101.conf', format: 'proxmox-guest', is_refused: false },
      { name: 'storage.cfg', format: 'proxmox' },
      { name: 'compose.yml', format: 'compose' },
      { name: 'broken.yml', format: 'compose', is_refused: true },
      { name: 'text 5', format: 'proxmox' },
    ])
    expect(plan.remotes).toMatchObject([
      { name: 'pve', file: 'storage.cfg', line: 1, used_by: ['Machine erp (scsi0)'], action: 'create' },
      { name: 'pve (compose.yml)', file: 'compose.yml', line: 6, used_by: ['Service web'], action: 'create' },
      { name: 'again', file: 'text 5', action: 'skip', reason: "Backend 'pve' is this storage already." },
    ])
    expect(plan.problems).toMatchObject([{ file: 'broken.yml', line: 3 }])
    expect(await counts()).toEqual(before)

    const remotes = [{ name: 'pve (compose.yml)', backend_name: 'web' }]
    const made = await post({ files, remotes, host_ids })
    expect(made.data(ImportResult)).toMatchObject({ created: 1, mounts_created: 1 })
    expect(await counts()).toEqual(before.map((count) => count + 1))
    const again = await post({ files, remotes, host_ids })
    expect(again.data(ImportResult)).toMatchObject({ created: 0, refused: 0, mounts_created: 0 })
    expect(await counts()).toEqual(before.map((count) => count + 1))
    for (const { text } of [preview, made, again]) expect(text).not.toContain(SECRET)
  })

  it.each([
    [
      'no text that can be read',
      [{ name: 'a.yml', content: 'volumes:\n  a: [' }, { content: '<x/>' }],
      'files.0.content',
    ],
    ['an empty text', [{ content: WOLFSTACK }, { name: 'b', content: ' \n' }], 'files.1.content'],
    ['more than is read', Array.from({ length: 3 }, () => ({ content: 'x'.repeat(400_000) })), 'files'],
    ['too many', Array.from({ length: 21 }, () => ({ content: 'x' })), 'files'],
    ['none', [], 'files'],
  ])('refuses several texts with the field: %s', async (_case, files, field) => {
    const answer = await post({ files })
    expect(answer.status).toBe(400)
    expect(answer.problem().fields?.[0]?.field).toBe(field)
  })

  it('names the text and the line of each that cannot be read, and takes one way of sending only', async () => {
    const files = [{ name: 'a.yml', content: 'volumes:\n  a: [\n' }, { content: '<x/>' }]
    expect((await post({ files })).problem().fields).toMatchObject([
      { field: 'files.0.content', message: expect.stringMatching(/^a\.yml, line 3: /) },
      { field: 'files.1.content', message: expect.stringMatching(/^text 2, line 1: /) },
    ])
    for (const more of [{ content: 'x' }, { config: 'x' }, { format: 'rclone' }])
      expect((await post({ files, ...more })).status).toBe(400)
  })

  it.each([
    ['an encrypted file', { content: 'RCLONE_ENCRYPT_V0:\nabc' }],
    ['JSON that is cut off', { content: '{"mounts": [' }],
    ['a text that is of another format', { content: '{"mounts": []}', format: 'libvirt' }],
  ])('refuses %s', async (_case, body) => {
    const answer = await post(body)
    expect(answer.status).toBe(400)
    expect(answer.problem().fields?.[0]?.field).toBe('content')
  })
})
