import { expect, it } from 'vitest'
import { GET } from '@/app/api/v1/attention/route'
import type { Prisma } from '@/lib/db/client'
import { newId } from '@/lib/ids'
import { SILENT, useAttention } from '@/testing/attention'
import { testDatabases } from '@/testing/database'
import { makeBackend } from '@/testing/factories'

const MINUTE = 60_000
const REFUSED = { observedState: 'error', observedError: 'Refused.', observedProblem: 'nfs.export_denied' } as const

testDatabases('attention', (database) => {
  const { api, read, titles, cause, host, nfs, mount, show, clear } = useAttention(database)

  it('says nothing of a fleet that is well', async () => {
    await clear()
    const { id } = await host('well-1')
    const backend = await nfs('well', 'nas-well', { observedStatus: 'online', totalBytes: 100n, usedBytes: 89n })
    await mount('well', backend.id, { [id]: {} })
    expect(await read()).toEqual({
      data: [],
      total: 0,
      acknowledged: 0,
      in_maintenance: 0,
      counts: { backends: 0, mounts: 0, hosts: 0, pools: 0, volumes: 0 },
    })
  })

  it('tells a dead server once, with all backends, mounts and hosts behind it', async () => {
    await clear()
    const hosts = []
    for (const name of ['web-1', 'web-2', 'web-3', 'web-4']) hosts.push(await host(name))
    const [one, two, three, four] = hosts.map(({ id }) => id) as [string, string, string, string]
    const since = new Date('2026-11-20T10:00:00Z')
    const media = await nfs('media', 'NAS.example.org', {
      observedStatus: 'offline',
      observedOn: 'web-1 and 2 more',
      observedError: 'It does not answer.',
      observedProblem: 'network.timed_out',
    })
    const logs = await nfs('logs', 'nas.example.org')
    await nfs('never-mounted', 'nas.example.org', { observedStatus: 'offline', observedProblem: 'network.timed_out' })
    const other = await nfs('other', 'nas-b.example.org', { observedStatus: 'online' })
    await mount('media', media.id, {
      [one]: { ...SILENT, observedSince: new Date('2026-11-20T11:00:00Z') },
      [two]: { ...SILENT, observedSince: since },
      [three]: { observedProven: false, observedError: 'Timed out.', observedProblem: 'network.timed_out' },
    })
    await mount('logs', logs.id, { [one]: SILENT })
    await mount('fine', other.id, { [one]: {}, [four]: {} })
    const view = await read()
    expect(view.data).toHaveLength(1)
    expect(view.data[0]).toMatchObject({
      id: expect.stringMatching(/^cau_[0-9a-f]{26}$/),
      kind: 'storage',
      severity: 'critical',
      subject: { kind: 'server', id: null, name: 'nas.example.org' },
      title: 'nas.example.org does not answer',
      advice: expect.any(String),
      reach: {
        hosts: { total: 3, first: [{ name: 'web-1' }, { name: 'web-2' }, { name: 'web-3' }] },
        mounts: { total: 2, first: [{ name: 'media' }, { name: 'logs' }] },
        backends: { total: 3 },
      },
      remedy: 'test',
      since: since.toISOString(),
      acknowledged: null,
    })
    expect(view.counts).toEqual({ backends: 3, mounts: 2, hosts: 0, pools: 0, volumes: 0 })
  })

  it('tells what a storage refuses apart from what another refuses, and what is wrong at one place alone', async () => {
    await clear()
    const [a, b] = [await host('app-1', { address: '192.0.2.17:7443' }), await host('app-2')]
    const films = await nfs('films', 'nas-c')
    const books = await nfs('books', 'nas-c')
    await mount('films', films.id, { [a.id]: REFUSED, [b.id]: {} })
    await mount('films-too', films.id, { [a.id]: REFUSED })
    await mount('books', books.id, { [b.id]: REFUSED })
    await mount('held', books.id, {
      [a.id]: {
        desiredState: 'unmounted',
        observedGeneration: null,
        observedError: 'In use.',
        observedProblem: 'mount.busy',
      },
    })
    const view = await read()
    expect(view.data.map(({ subject, severity, reach }) => [subject.name, severity, reach.mounts.total])).toEqual([
      ['films', 'critical', 2],
      ['books', 'critical', 1],
      ['held', 'critical', 1],
    ])
    const { title, advice } = cause(view, 'films')
    expect(title).toBe('films: The server does not let the host in.')
    expect(advice).toContain(`add ${a.name} (192.0.2.17) to its clients`)
    expect(cause(view, 'films')).toMatchObject({ kind: 'storage', reach: { hosts: { total: 1 } }, remedy: 'test' })
    expect(cause(view, 'books')).toMatchObject({ kind: 'storage', remedy: 'sync' })
    expect(cause(view, 'held')).toMatchObject({ kind: 'mount', subject: { kind: 'mount' } })
  })

  it('is a warning while it works on other hosts, and leaves out what is only not known', async () => {
    await clear()
    const [near, far] = [await host('near'), await host('far', { observedStatus: 'offline' })]
    const ok = await host('ok')
    const { id } = await nfs('half', 'nas-d')
    await mount('half', id, { [near.id]: SILENT, [ok.id]: {}, [far.id]: SILENT })
    expect(titles(await read())).toEqual(['critical far does not answer', 'warning half: The storage does not answer.'])
    expect((await read()).counts).toEqual({ backends: 1, mounts: 1, hosts: 1, pools: 0, volumes: 0 })
    expect(cause(await read(), 'far').reach.mounts).toMatchObject({ total: 1, first: [{ name: 'half' }] })
  })

  const tools = (...lacking: [command: string, pack: string | null, ...neededBy: string[]][]) => ({
    observedInfo: {
      agentVersion: '0.1.0',
      protocolVersions: [99],
      tools: lacking.map(([command, pack, ...neededBy]) => ({ command, path: null, package: pack, neededBy })),
    },
  })

  it('warns of tools by their package, only where a storage of the host needs them', async () => {
    await clear()
    const lacks = tools(
      ['mount.nfs', 'nfs-common', 'nfs'],
      ['showmount', 'nfs-common', 'nfs'],
      ['rclone', 'rclone', 's3'],
    )
    const [one, two] = [await host('lack-1', lacks), await host('lack-2', lacks)]
    await host('idle', lacks)
    const { id } = await nfs('share', 'nas-e')
    const missing = {
      observedState: 'error',
      observedError: 'A program is missing.',
      observedProblem: 'tool.missing',
      observedValues: { command: 'mount.nfs' },
    } as const
    await mount('share', id, { [one.id]: missing })
    expect(titles(await read())).toEqual(['critical lack-1 lacks mount.nfs, showmount (package nfs-common)'])
    expect((await read()).data[0]).toMatchObject({ kind: 'tools_missing', reach: { mounts: { total: 1 } } })
    await mount('share-too', id, { [two.id]: {} })
    const both = await read()
    expect(titles(both)).toEqual(['critical 2 hosts lack mount.nfs, showmount (package nfs-common): lack-1 and lack-2'])
    expect(both.counts).toEqual({ backends: 0, mounts: 1, hosts: 2, pools: 0, volumes: 0 })
  })

  it('tells agents that are older, certificates that end, and hosts that are gone on purpose not at all', async () => {
    await clear()
    const older = { observedInfo: { protocolVersions: [1] } }
    await host('old-1', older)
    await host('old-2', older)
    await host('this-machine', { ...older, isLocal: true })
    await host('ending', { certificateNotAfter: new Date(Date.now() + 24 * 60 * MINUTE) })
    await host('renewed', { certificateNotAfter: new Date(Date.now() + 30 * 24 * 60 * MINUTE) })
    await host('revoked', { observedStatus: 'offline', revokedAt: new Date() })
    expect(titles(await read())).toEqual([
      'warning 2 hosts have an agent that is older than this controller: old-1 and old-2',
      'warning ending has a certificate that is about to end and was not renewed',
    ])
  })

  it('a rack without power is one matter, and fewer hosts are named one by one', async () => {
    await clear()
    for (const index of [1, 2, 3]) {
      await host(`node-${index}`, { observedStatus: 'offline', observedAt: new Date(1_700_000_000_000 - index) })
    }
    expect(titles(await read())).toEqual([
      'critical node-3 does not answer',
      'critical node-2 does not answer',
      'critical node-1 does not answer',
    ])
    await host('node-4', { observedStatus: 'offline' })
    await host('strange', { observedStatus: 'error', observedError: 'Its certificate is not ours. Join it again.' })
    const view = await read()
    expect(titles(view)).toEqual([
      'critical 4 hosts do not answer: node-1, node-2, node-3 and 1 more',
      'critical strange: Its certificate is not ours.',
    ])
    expect(view.data[0]).toMatchObject({ subject: { kind: 'hosts' }, since: new Date(1_699_999_999_997).toISOString() })
    expect(view.counts.hosts).toBe(5)
  })

  it('says how full a backend is, and on which host, when it is nearly full', async () => {
    await clear()
    const { id } = await host('full-1')
    const sizes = [89n, 90n, 95n]
    for (const used of sizes)
      await nfs(`full-${used}`, 'nas-f', { totalBytes: 100n, usedBytes: used, usageOn: 'full-1' })
    await nfs('unknown', 'nas-f', { usedBytes: 99n })
    // As df counts: what is kept for root is not free.
    await nfs('reserved', 'nas-f', { totalBytes: 250n, usedBytes: 91n, availableBytes: 9n })
    await nfs('roomy', 'nas-f', { totalBytes: 1000n, usedBytes: 894n, availableBytes: 106n })
    const view = await read()
    expect(titles(view)).toEqual([
      'critical full-95 is 95 % full',
      'warning full-90 is 90 % full',
      'warning reserved is 91 % full',
    ])
    expect(view.data[0]?.reach.hosts).toEqual({ total: 1, first: [{ id, name: 'full-1' }] })
    expect(view.counts).toEqual({ backends: 3, mounts: 0, hosts: 0, pools: 0, volumes: 0 })
  })

  it('says where inodes run out, and on which host, however much room there is', async () => {
    await clear()
    const { id } = await host('many-1')
    for (const used of [89n, 90n, 95n])
      await nfs(`many-${used}`, 'nas-i', {
        ...{ totalBytes: 100n, usedBytes: 1n, availableBytes: 99n, usageOn: 'other' },
        ...{ totalInodes: 100n, usedInodes: used, inodesOn: 'many-1' },
      })
    const view = await read()
    expect(titles(view)).toEqual([
      'critical many-95 has 95 % of its inodes in use',
      'warning many-90 has 90 % of its inodes in use',
    ])
    expect(view.data[0]).toMatchObject({
      kind: 'inodes',
      reach: { hosts: { total: 1, first: [{ id, name: 'many-1' }] } },
    })
  })

  it('tells uploads that do not get through once, where the storage itself is not the trouble', async () => {
    await clear()
    const hosts = [await host('up-1'), await host('up-2')]
    const backend = await makeBackend(database.prisma, { name: 'media', driver: 's3', observedStatus: 'online' })
    const pending = { files: 2, bytes: null, said: 'AccessDenied: Access Denied status code: 403, request id: 4711' }
    const usage = { totalBytes: null, usedBytes: null, availableBytes: null, fileCount: null, pending }
    const waiting = (minutes: number) => ({ usage, uploadsStalledSince: new Date(Date.now() - minutes * MINUTE) })
    const ids = hosts.map(({ id }) => id)
    const id = await mount('media', backend.id, { [ids[0] ?? '']: waiting(14), [ids[1] ?? '']: waiting(16) })
    const view = await read()
    const title = 'warning media: files wait to be uploaded, and none gets through: AccessDenied: Access Denied'
    expect(titles(view)).toEqual([title])
    expect(view.data[0]).toMatchObject({ kind: 'uploads', reach: { hosts: { total: 1, first: [{ id: ids[1] }] } } })
    await show(id, ids[0] ?? '', waiting(241))
    expect(titles(await read())).toEqual([title.replace('warning', 'critical')])
    // A dead server is the cause, and is told as such.
    for (const hostId of ids) await show(id, hostId, SILENT)
    expect((await read()).data.map(({ kind }) => kind)).toEqual(['storage'])
  })

  it('tells a lost connection once, with its hosts, and not of a host that is away', async () => {
    await clear()
    const [a, b] = [await host('hv-1'), await host('hv-2')]
    const away = await host('hv-3', { observedStatus: 'offline' })
    const { id: backendId } = await makeBackend(database.prisma, {
      name: 'vms',
      driver: 'iscsi-lvm',
      config: { portal: '192.0.2.9:3260', target: 'iqn.2026-11.example:vms', lun: 0 },
      source: 'iqn',
      observedStatus: 'error',
      observedOn: 'hv-1',
      observedError: 'The session was lost.',
    })
    for (const { id: hostId } of [a, b, away]) {
      await database.prisma.backendOnHost.create({
        data: {
          backendId,
          hostId,
          desired: 'connected',
          desiredGeneration: 1,
          observedState: 'error',
          observedError: 'The session was lost. It is tried again.',
          observedAt: new Date(),
        },
      })
    }
    const view = await read()
    expect(titles(view)).toEqual(['critical vms: The session was lost.', 'critical hv-3 does not answer'])
    expect(cause(view, 'vms')).toMatchObject({ reach: { hosts: { total: 2 }, backends: { total: 1 } }, remedy: null })
    await database.prisma.host.updateMany({ data: { observedStatus: 'offline' } })
    expect(titles(await read())).toEqual([0, 1, 2].map((index) => `critical hv-${index + 1} does not answer`))
  })

  it('says of what others have mounted that it is unmounted on the host, and offers no retry', async () => {
    await clear()
    const [a, b] = [await host('f-1'), await host('f-2')]
    const { id: backendId } = await makeBackend(database.prisma, { config: { path: '/srv/f' } })
    const foreign = { observedState: 'foreign', observedProblem: 'mount.foreign', observedError: 'Not ours.' } as const
    const id = await mount('taken', backendId, { [a.id]: foreign, [b.id]: { observedOptions: 'rw,nosuid,nodev' } })
    const { advice, title, remedy } = cause(await read(), 'taken')
    expect(title).toMatch(/Something else is mounted at/)
    expect([advice, remedy]).toEqual([
      'Unmount it on the host; Holdfast does not touch what others have mounted.',
      null,
    ])
    // With one of ours changed beside it, each is told on the page.
    await show(id, b.id, { observedState: 'absent' })
    expect(cause(await read(), 'taken').advice).toMatch(/What others have mounted has to be unmounted there\.$/)
    await show(id, a.id, { observedOptions: 'rw,nosuid,nodev', observedProblem: null, observedError: null })
    expect(cause(await read(), 'taken').advice).toMatch(/put it back, or take over what is there\.$/)
    // Never ours: no drift, and nothing that a retry would change.
    await show(id, b.id, { observedOptions: 'rw,nosuid,nodev' })
    await show(id, a.id, { ...foreign, observedGeneration: null })
    expect(cause(await read(), 'taken')).toMatchObject({ kind: 'mount', remedy: null })
  })

  it('tells what was changed on hosts for as long as a person has to decide', async () => {
    await clear()
    const [a, b] = [await host('d-1'), await host('d-2')]
    const { id: backendId } = await makeBackend(database.prisma, { config: { path: '/srv/d' } })
    const options = { observedOptions: 'ro,nosuid,nodev,relatime' }
    const id = await mount('changed', backendId, { [a.id]: options, [b.id]: { observedOptions: 'rw,nosuid,nodev' } })
    const view = await read()
    expect(view.data).toMatchObject([
      { kind: 'drift', severity: 'drift', subject: { id, name: 'changed' }, reach: { hosts: { total: 1 } } },
    ])
    expect(view.counts).toEqual({ backends: 0, mounts: 1, hosts: 0, pools: 0, volumes: 0 })
    await show(id, a.id, { observedState: 'absent', observedOptions: null })
    expect(titles(await read())).toEqual([expect.stringMatching(/^drift changed: .* was unmounted on the host\.$/)])
    await database.prisma.mount.update({ where: { id }, data: { onDrift: 'adopt' } })
    expect((await read()).data).toEqual([])
    await database.prisma.mount.update({ where: { id }, data: { onDrift: 'repair' } })
    await show(id, a.id, options)
    expect((await read()).data).toEqual([])
    await show(id, a.id, { ...options, repairs: 5, repairedAt: new Date() })
    expect(titles(await read())[0]).toMatch(/^drift changed: /)
    // A host that has it read only by its own settings has it as wanted.
    await show(id, a.id, { ...options, overrides: { read_only: true } })
    expect((await read()).data).toEqual([])
    await show(id, b.id, { observedOptions: 'rw,nosuid,nodev', overrides: { read_only: true } })
    expect(titles(await read())).toEqual([])
    await database.prisma.mount.update({ where: { id }, data: { onDrift: 'report' } })
    expect(cause(await read(), 'changed').reach.hosts.first).toEqual([{ id: b.id, name: 'd-2' }])
  })

  it('tells a node that has stopped behind a mount', async () => {
    await clear()
    const [a, b] = [await host('n-1'), await host('n-2')]
    const { id: backendId } = await makeBackend(database.prisma)
    const node = (isStale: boolean) => ({
      node: {
        status: { id: 'a', role: 'follower', leader: 'b', activePeers: 1, peers: 1, version: 3, isStale },
        problem: null,
      },
    })
    const id = await mount('disk', backendId, { [a.id]: node(false), [b.id]: node(true) })
    const view = await read()
    expect(titles(view)).toEqual(['warning disk has a node that has stopped'])
    expect(view.data[0]).toMatchObject({
      kind: 'nodes',
      subject: { id },
      reach: { hosts: { first: [{ name: 'n-2' }] } },
    })
  })

  it('puts the widest reach first among equals, and names the worst when there are more than fit', async () => {
    await clear()
    const hosts = [await host('r-1'), await host('r-2'), await host('r-3')]
    const [small, wide] = [await nfs('small', 'nas-s'), await nfs('wide', 'nas-w')]
    await mount('small', small.id, { [hosts[0]?.id ?? '']: { ...SILENT, observedSince: new Date(0) } })
    await mount('wide', wide.id, Object.fromEntries(hosts.map(({ id }) => [id, SILENT])))
    expect((await read()).data.map(({ subject }) => subject.name)).toEqual(['wide', 'small'])
    expect(await read('limit=1')).toMatchObject({ data: [{ subject: { name: 'wide' } }], total: 2 })
    expect((await api.call('viewer', GET, 'GET', { query: 'limit=0' })).status).toBe(400)
  })

  it('reads the mounts that are not well, and not all there are', async () => {
    await clear()
    const { prisma } = database
    const hosts = Array.from({ length: 200 }, (_, index) => ({
      id: newId('host'),
      name: `many-${index}`,
      address: '127.0.0.1:7443',
      labels: {},
      observedStatus: 'online' as const,
    }))
    await prisma.host.createMany({ data: hosts })
    const { id: backendId } = await nfs('many', 'nas-m')
    const mounts = Array.from({ length: 50 }, (_, index) => ({
      id: newId('mount'),
      name: `many-${index}`,
      backendId,
      mountPoint: `/mnt/many-${index}`,
    }))
    await prisma.mount.createMany({ data: mounts })
    const rows = mounts.flatMap((mounted, at) =>
      hosts.map(
        (on, index): Prisma.MountOnHostCreateManyInput => ({
          mountId: mounted.id,
          hostId: on.id,
          observedGeneration: 1,
          observedAt: new Date(),
          ...(at === 0 && index === 0 ? SILENT : { observedState: 'mounted' as const }),
        }),
      ),
    )
    await prisma.mountOnHost.createMany({ data: rows })
    const view = await read()
    expect(view.data).toMatchObject([
      { subject: { name: 'many' }, severity: 'warning', reach: { hosts: { total: 1 } } },
    ])
    expect(view.counts).toEqual({ backends: 1, mounts: 1, hosts: 0, pools: 0, volumes: 0 })
  })
})
