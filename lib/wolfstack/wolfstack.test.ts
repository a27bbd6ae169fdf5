import { expect, it } from 'vitest'
import { z } from 'zod'
import { POST as mount } from '@/app/api/storage/mounts/[id]/mount/route'
import { DELETE, GET as getOne, PUT } from '@/app/api/storage/mounts/[id]/route'
import { POST as sync } from '@/app/api/storage/mounts/[id]/sync/route'
import { POST as unmount } from '@/app/api/storage/mounts/[id]/unmount/route'
import { POST as create, GET as list } from '@/app/api/storage/mounts/route'
import { HIDDEN, WolfstackMount } from '@/lib/wolfstack/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import type { FakeAgent } from '@/testing/fake-agent'

const SECRET = 'canary-secret-of-wolfstack'
/** The record of WolfStack's own plan. */
const S3 = {
  name: 'S3 Backups',
  type: 's3',
  source: 'mybucket:',
  mount_point: '/mnt/wolfstack/s3-backups',
  enabled: true,
  global: true,
  auto_mount: true,
  s3_config: {
    access_key_id: 'fake-key',
    secret_access_key: SECRET,
    region: 'eu-west-1',
    endpoint: '',
    provider: 'AWS',
  },
}

testDatabases('the paths of WolfStack', { postgres: 'full' }, (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)
  const agents: FakeAgent[] = []
  const hosts = async () => {
    while (agents.length < 2) agents.push(await fleet().addHost())
    await expect.poll(() => database.prisma.host.count({ where: { observedStatus: 'online' } })).toBe(2)
  }
  const post = async (body: unknown) => {
    await hosts()
    return api.call('operator', create, 'POST', { body })
  }
  const put = (id: string, body: unknown) => api.call('operator', PUT, 'PUT', { params: { id }, body })
  const get = async (id: string) => (await api.call('viewer', getOne, 'GET', { params: { id } })).data(WolfstackMount)

  it('takes a record as it was shown, and says error of a mount that does not come', async () => {
    const shown = { id: 'films', status: 'mounted', error_message: null, created_at: '2026-02-11T04:00:00Z' }
    await hosts()
    for (const agent of agents)
      agent.setFault({ kind: 'refuse', code: 'backend_unreachable', message: 'No answer.' }, 'applyMount')
    const record = {
      ...shown,
      name: 'Shown',
      type: 'directory',
      source: '/srv/shown',
      enabled: true,
      nfs_options: 'rw,sync',
    }
    const { id } = (await post(record)).data(WolfstackMount)
    expect(id).toMatch(/^mnt_/)
    await expect.poll(async () => (await get(id)).error_message).toContain('No answer.')
    expect(await get(id)).toMatchObject({ status: 'error' })
    for (const agent of agents) agent.setFault(null)
    await api.call('operator', DELETE, 'DELETE', { params: { id } })
  })

  it('takes the record of the plan: storage and mount in one, on every host', async () => {
    const made = await post(S3)
    expect(made.status, made.text).toBe(201)
    const { id, created_at, ...record } = made.data(WolfstackMount)
    expect(id).toMatch(/^mnt_/)
    expect(record).toEqual({
      ...S3,
      s3_config: { ...S3.s3_config, bucket: 'mybucket', secret_access_key: HIDDEN },
      nfs_options: null,
      smb_config: null,
      status: 'mounted',
      error_message: null,
    })
    expect(Date.parse(created_at)).toBeGreaterThan(0)
    expect(await database.prisma.mountOnHost.count({ where: { mountId: id } })).toBe(2)
    const listed = await api.call('viewer', list, 'GET')
    expect(listed.data(z.array(WolfstackMount)).map((found) => found.name)).toEqual(['S3 Backups'])
    expect(made.text + listed.text).not.toContain(SECRET)
  })

  it('keeps the secret when the record is sent back as it was read, and replaces it when another is sent', async () => {
    const [row] = await database.prisma.mount.findMany({ where: { name: 's3-backups' } })
    const id = row?.id ?? ''
    const print = async () => (await database.prisma.backendSecret.findFirstOrThrow()).fingerprint
    const before = await print()
    const record = await get(id)
    const back = await put(id, record)
    expect(back.status, back.text).toBe(200)
    expect(back.data(WolfstackMount)).toEqual(record)
    expect(await print()).toBe(before)
    const changed = await put(id, { s3_config: { secret_access_key: 'another-fake-secret', region: 'eu-west-2' } })
    expect(changed.data(WolfstackMount).s3_config).toMatchObject({ region: 'eu-west-2', access_key_id: 'fake-key' })
    expect(await print()).not.toBe(before)
    const elsewhere = await put(id, {
      ...record,
      s3_config: { ...record.s3_config, endpoint: 'https://mine.example.com' },
    })
    expect(elsewhere.status).toBe(400)
    expect(elsewhere.problem().fields?.[0]).toMatchObject({
      field: 's3_config.secret_access_key',
      message: expect.stringMatching(
        /^Enter it again, since .*Endpoint changed from nothing to https:\/\/mine\.example\.com/,
      ),
    })
    const renamed = await put(id, { name: 'Backups' })
    expect(renamed.data(WolfstackMount)).toMatchObject({ name: 'Backups', source: 'mybucket:' })
  })

  it('mounts NFS on one host with free-text options, unmounts, mounts and syncs it', async () => {
    const nfs = { name: 'Films', type: 'nfs', source: 'nas.example.com:/export/films', nfs_options: 'rw,sync' }
    const made = await post({ ...nfs, do_mount: false })
    const { id, ...record } = made.data(WolfstackMount)
    expect(record).toMatchObject({ ...nfs, nfs_options: expect.stringContaining('sync'), status: 'unmounted' })
    expect(record).toMatchObject({ mount_point: '/mnt/films', global: false, enabled: true, s3_config: null })
    const act = (route: typeof mount) => api.call('operator', route, 'POST', { params: { id }, body: {} })
    expect((await act(mount)).data(WolfstackMount).status).toBe('mounted')
    expect((await act(sync)).body).toMatchObject({
      message: 'Sync complete',
      results: [{ node: expect.any(String), status: 200, response: 'mounted' }],
    })
    expect((await act(unmount)).data(WolfstackMount).status).toBe('unmounted')
    const everywhere = await put(id, { ...(await get(id)), global: true, enabled: false })
    expect(everywhere.data(WolfstackMount)).toMatchObject({ global: true, enabled: false, auto_mount: false })
  })

  it('makes directories, WolfDisk and SMB mounts', async () => {
    const made = await Promise.all(
      [
        { name: 'dir', type: 'directory', source: '/srv/media' },
        { name: 'wolf', type: 'wolfdisk', source: '/etc/wolfdisk/config.toml' },
        {
          name: 'smb',
          type: 'smb',
          source: '\\\\nas\\media\\films',
          smb_config: { username: 'bob', password: SECRET, domain: '' },
        },
      ].map((body) => post({ ...body, do_mount: false })),
    )
    expect(made.map((answer) => answer.status)).toEqual([201, 201, 201])
    expect(made.map((answer) => answer.data(WolfstackMount).source)).toEqual([
      '/srv/media',
      '/etc/wolfdisk/config.toml',
      '//nas/media/films',
    ])
    expect(made[2]?.data(WolfstackMount).smb_config).toEqual({ username: 'bob', password: HIDDEN, domain: '' })
    expect(made[2]?.text).not.toContain(SECRET)
  })

  it.each([
    ['nfs', 'nfs://nas/export/films', 'nas:/export/films', {}],
    ['nfs', '[fd00::1]:/export/films', '[fd00::1]:/export/films', {}],
    ['smb', 'smb://nas/films/2020', '//nas/films/2020', { smb_config: { username: 'bob', password: SECRET } }],
    ['smb', `//bob:${SECRET}@nas/signed`, '//nas/signed', {}],
    ['s3', 's3://films/2020', 'films:2020', { s3_config: { ...S3.s3_config } }],
  ])('takes a source of %s as people paste it: %s', async (type, source, shown, more) => {
    const name = `pasted ${shown}`
    const made = await post({
      name,
      type,
      source,
      mount_point: `/mnt/pasted-${shown.replace(/[^a-z0-9]+/g, '-')}`,
      do_mount: false,
      ...more,
    })
    expect(made.data(WolfstackMount)).toMatchObject({ source: shown })
    expect(made.text).not.toContain(SECRET)
  })

  it('refuses in the words of the request, and leaves nothing behind', async () => {
    const before = await database.prisma.backend.count()
    const bad = await post({ ...S3, name: 'bad', s3_config: { ...S3.s3_config, access_key_id: '' } })
    expect(bad.problem().fields?.[0]?.field).toBe('s3_config.access_key_id')
    const option = await post({ name: 'opt', type: 'nfs', source: 'nas:/x', nfs_options: 'rw,suid' })
    expect(option.problem().fields?.[0]?.field).toBe('nfs_options')
    const place = await post({ name: 'root', type: 'nfs', source: 'nas:/x', mount_point: '/../etc' })
    expect(place.problem().fields?.[0]?.field).toBe('mount_point')
    const type = await post({ name: 'x', type: 'sshfs', source: 'a:/b' })
    expect(type.problem().fields?.[0]?.field).toBe('type')
    const host = await post({ name: 'nowhere', type: 'nfs', source: 'nas:/x', host_id: 'hst_none' })
    expect(host.problem().fields?.[0]?.field).toBe('host_id')
    // The backend is made, the mount is refused: its name is taken.
    const twin = await post({ name: 'films!', type: 'nfs', source: 'nas:/x', do_mount: false })
    expect(twin.status).toBe(409)
    expect(await database.prisma.backend.count()).toBe(before)
    const [films] = await database.prisma.mount.findMany({ where: { name: 'films' } })
    const other = await put(films?.id ?? '', { type: 'smb' })
    expect(other.problem().fields?.[0]?.field).toBe('type')
  })

  it.each([true, false])('moves a mount to another place and another source, mounted: %s', async (isMounted) => {
    const name = `moving-${isMounted}`
    const record = { name, type: 'nfs', source: 'nas:/export/old', mount_point: `/mnt/${name}`, global: true }
    const { id } = (await post({ ...record, do_mount: isMounted })).data(WolfstackMount)
    const taken = await put(id, {
      ...(await get(id)),
      source: 'nas:/export/new',
      mount_point: '/mnt/wolfstack/s3-backups',
    })
    expect(taken.status, taken.text).toBe(409)
    expect(await get(id)).toMatchObject({ source: 'nas:/export/old', mount_point: record.mount_point })
    const change = { source: 'nas:/export/new', mount_point: `/srv/${name}` }
    const moved = await put(id, { ...(await get(id)), ...change })
    expect(moved.status, moved.text).toBe(200)
    expect(moved.data(WolfstackMount)).toMatchObject({ ...change, status: isMounted ? 'mounted' : 'unmounted' })
    const shown = agents.map((agent) => agent.mounts().find(({ mountId }) => mountId === id)?.mountPoint)
    expect(shown).toEqual(agents.map(() => change.mount_point))
    const again = await put(id, { source: 'nas:/export/third' })
    expect(again.data(WolfstackMount)).toMatchObject({ source: 'nas:/export/third', mount_point: change.mount_point })
    expect(
      await database.prisma.auditEntry.count({ where: { action: 'mount.updated', targetId: id } }),
    ).toBeGreaterThan(0)
    await api.call('operator', DELETE, 'DELETE', { params: { id } })
  })

  it('addresses a bucket by path where rclone would, and leaves it so', async () => {
    const record = { name: 'site', type: 's3', source: 'www.example.com:', do_mount: false, s3_config: S3.s3_config }
    const { id } = (await post(record)).data(WolfstackMount)
    const stored = async () =>
      (await database.prisma.mount.findUniqueOrThrow({ where: { id }, include: { backend: true } })).backend.config
    expect(await stored()).toMatchObject({ bucket: 'www.example.com', path_style: true })
    expect((await put(id, { ...(await get(id)), auto_mount: false })).status).toBe(200)
    expect((await put(id, { source: 'plain:' })).status).toBe(200)
    expect(await stored()).toMatchObject({ bucket: 'plain', path_style: true })
    expect((await put(id, { ...(await get(id)), auto_mount: true })).status).toBe(200)
    expect(await stored()).toMatchObject({ bucket: 'plain', path_style: true })
    await api.call('operator', DELETE, 'DELETE', { params: { id } })
  })

  it('changes nothing that a record sent back as it was read does not show', async () => {
    const record = { name: 'node', type: 'wolfdisk', source: '/etc/wolfdisk/node.toml', do_mount: false }
    const { id } = (await post(record)).data(WolfstackMount)
    const { backendId, backend } = await database.prisma.mount.findUniqueOrThrow({
      where: { id },
      include: { backend: true },
    })
    const config = { ...(backend.config as object), data_dir: '/srv/wolfdisk' }
    await database.prisma.backend.update({ where: { id: backendId }, data: { config } })
    expect((await put(id, { ...(await get(id)), auto_mount: false })).status).toBe(200)
    const after = await database.prisma.backend.findUniqueOrThrow({ where: { id: backendId } })
    expect(after.config).toMatchObject({ config_file: '/etc/wolfdisk/node.toml', data_dir: '/srv/wolfdisk' })
    await api.call('operator', DELETE, 'DELETE', { params: { id } })
  })

  it.each([
    ['smb', '//nas/films/2020', '//nas/films', { smb_config: { username: 'bob', password: SECRET } }],
    ['smb', '//nas/music/a', 'smb://nas/music', { smb_config: { username: 'bob', password: SECRET } }],
    ['s3', 'films:2020', 'films:', { s3_config: S3.s3_config }],
  ])('lets go of the folder that a new source of %s does not have: %s, %s', async (type, source, changed, more) => {
    const name = `folder-${type}-${changed.replace(/[^a-z]+/g, '-')}`
    const record = { name, type, source, mount_point: `/mnt/${name}`, do_mount: false, ...more }
    const { id } = (await post(record)).data(WolfstackMount)
    const { smb_config, s3_config, ...shown } = await get(id)
    expect(shown.source).toBe(source)
    const moved = await put(id, { ...shown, source: changed })
    expect(moved.data(WolfstackMount).source).toBe(changed.replace('smb:', ''))
    await api.call('operator', DELETE, 'DELETE', { params: { id } })
  })

  it('deletes the storage with its only mount', async () => {
    const made = (await post({ name: 'short', type: 'directory', source: '/srv/short' })).data(WolfstackMount)
    const deleted = await api.call('operator', DELETE, 'DELETE', { params: { id: made.id } })
    expect(deleted.body).toEqual({ data: { id: made.id }, message: 'Mount deleted' })
    expect(await database.prisma.backend.count({ where: { name: 'short' } })).toBe(0)
  })
})
