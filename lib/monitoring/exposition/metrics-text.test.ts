import { expect, it, vi } from 'vitest'
import { GET } from '@/app/api/v1/metrics/route'
import { PULSE_PREFIX, type Pulse } from '@/lib/health/schema'
import { useTestApi } from '@/testing/api'
import { testDatabases } from '@/testing/database'
import { someDisk, toldDisks } from '@/testing/disks'
import { makeBackend, makeHost, makeMount } from '@/testing/factories'

/** Of each sample what it says, by its name and its labels in the order in which they are written. */
function samplesOf(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]))
}

testDatabases('metrics', (database) => {
  const api = useTestApi(database)
  const scrape = async (query = '') => {
    const token = await api.token('viewer', ['metrics.read'])
    const answer = await api.call('nobody', GET, 'GET', { query, headers: { authorization: `Bearer ${token}` } })
    expect(answer.status, answer.text).toBe(200)
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    return { text: answer.text, samples: samplesOf(answer.text) }
  }
  const named = (samples: Map<string, number>, start: string) =>
    Object.fromEntries([...samples].filter(([name]) => name.startsWith(start)))

  it('say how hosts are, and nothing of one that nobody has asked', async () => {
    const { prisma } = database
    const certificateNotAfter = new Date(1_900_000_000_000)
    await makeHost(prisma, {
      name: 'web-1',
      observedStatus: 'online',
      observedAt: new Date(1_800_000_000_000),
      observedInfo: { agentVersion: '1.2.3', protocolVersions: [2] },
      clockSkewMs: -1_500,
      certificateNotAfter,
    })
    await makeHost(prisma, { name: 'web-2', observedStatus: 'offline', clockSkewMs: 5_000 })
    const unasked = await makeHost(prisma, { name: 'web-3' })
    await makeHost(prisma, { name: 'web-4', observedStatus: 'online', revokedAt: new Date() })
    const { samples } = await scrape()
    expect(named(samples, 'holdfast_host_online')).toEqual({
      'holdfast_host_online{host="web-1"}': 1,
      'holdfast_host_online{host="web-2"}': 0,
    })
    expect(named(samples, 'holdfast_host_clock')).toEqual({ 'holdfast_host_clock_offset_seconds{host="web-1"}': -1.5 })
    expect(named(samples, 'holdfast_host_seen')).toEqual({
      'holdfast_host_seen_timestamp_seconds{host="web-1"}': 1_800_000_000,
    })
    expect(named(samples, 'holdfast_host_certificate')).toEqual({
      'holdfast_host_certificate_expiry_timestamp_seconds{host="web-1"}': 1_900_000_000,
    })
    expect([...samples.keys()].filter((name) => name.startsWith('holdfast_host_info'))).toEqual([
      expect.stringMatching(/host="web-1",id="hst_\w+",agent_version="1\.2\.3"/),
      expect.stringContaining('host="web-2"'),
      `holdfast_host_info{host="web-3",id="${unasked.id}"}`,
    ])
  })

  it('have the disks of hosts that answer, and of one that tells nothing only its name', async () => {
    const { prisma } = database
    const silent = someDisk({ name: 'sdb', serial: 'B-2', model: null, passed: null, temperatureC: null })
    const unknown = { reallocated: null, pending: null, uncorrectable: null, powerOnHours: null, readAt: null }
    const disks = toldDisks(someDisk({ passed: false, wearPercent: 105 }), { ...silent, ...unknown })
    await makeHost(prisma, { name: 'd-1', observedStatus: 'online', observedInfo: { disks } })
    await makeHost(prisma, { name: 'd-2', observedStatus: 'offline', observedInfo: { disks } })
    const { samples } = await scrape()
    const of = [...samples].filter(([name]) => name.startsWith('holdfast_disk_') && name.includes('"d-'))
    expect(of.filter(([name]) => name.includes('sdb'))).toEqual([
      ['holdfast_disk_info{host="d-1",disk="sdb",serial="B-2"}', 1],
    ])
    expect(Object.fromEntries(of)).toMatchObject({
      'holdfast_disk_failing{host="d-1",disk="sda"}': 1,
      'holdfast_disk_worn_ratio{host="d-1",disk="sda"}': 1.05,
      'holdfast_disk_power_on_seconds{host="d-1",disk="sda"}': 12_000 * 3_600,
    })
    expect(of.some(([name]) => name.includes('"d-2"'))).toBe(false)
  })

  it('say how fast mounts are only when they are asked, and of old measurements nothing', async () => {
    const { prisma } = database
    const hosts = await Promise.all(['s-1', 's-2'].map((name) => makeHost(prisma, { name, observedStatus: 'online' })))
    const mount = await makeMount(prisma, { name: 'quick', hostIds: hosts.map(({ id }) => id) })
    const io = { of: 'disk', readBytesPerSecond: 5, writtenBytesPerSecond: 0, operationsPerSecond: 0, responseMs: null }
    for (const [index, { id: hostId }] of hosts.entries()) {
      const asOf = new Date(Date.now() - index * 3_600_000).toISOString()
      const activity = { seconds: 300, latencyMs: { mean: 2, most: 1_500 }, io }
      await prisma.mountOnHost.update({
        where: { mountId_hostId: { mountId: mount.id, hostId } },
        data: { observedState: 'mounted', usage: { totalBytes: null, usedBytes: null, activity, asOf } },
      })
    }
    const speed = async (query: string) => {
      const { samples } = await scrape(query)
      return [...samples].filter(([name]) => /latency|per_second|response/.test(name) && name.includes('quick'))
    }
    expect(await speed('')).toEqual([])
    expect(Object.fromEntries(await speed('with=speed'))).toEqual({
      'holdfast_mount_latency_seconds{mount="quick",host="s-1"}': 0.002,
      'holdfast_mount_latency_max_seconds{mount="quick",host="s-1"}': 1.5,
      'holdfast_mount_read_bytes_per_second{mount="quick",host="s-1",of="disk"}': 5,
      'holdfast_mount_written_bytes_per_second{mount="quick",host="s-1",of="disk"}': 0,
      'holdfast_mount_operations_per_second{mount="quick",host="s-1",of="disk"}': 0,
    })
  })

  it('have the room of storages as it was measured lately, and none where it is not known', async () => {
    const { prisma } = database
    const shared = { driver: 'nfs', config: { server: 'nas.example.org', export_path: '/a' } }
    const now = new Date()
    const figures = { usageAt: now, totalBytes: 2n ** 60n, usedBytes: 4_096n }
    await makeBackend(prisma, { name: 'films', ...shared, ...figures, observedStatus: 'online' })
    const old = new Date(now.getTime() - 3_600_000)
    await makeBackend(prisma, { name: 'old', ...shared, ...figures, usageAt: old, availableBytes: 1n })
    await makeBackend(prisma, { name: 'never', ...shared })
    const { samples } = await scrape()
    expect(named(samples, 'holdfast_backend_size')).toEqual({ 'holdfast_backend_size_bytes{backend="films"}': 2 ** 60 })
    expect(named(samples, 'holdfast_backend_used_bytes')).toEqual({
      'holdfast_backend_used_bytes{backend="films"}': 4_096,
    })
    expect(named(samples, 'holdfast_backend_available')).toEqual({})
    expect(named(samples, 'holdfast_backend_status{backend="films"')).toEqual({
      'holdfast_backend_status{backend="films",status="online"}': 1,
      'holdfast_backend_status{backend="films",status="offline"}': 0,
      'holdfast_backend_status{backend="films",status="error"}': 0,
      'holdfast_backend_status{backend="films",status="unknown"}': 0,
    })
  })

  it('say how each mount is on each host, as the console does, and what a host has for itself', async () => {
    const { prisma } = database
    const [one, two, gone] = await Promise.all(
      [{ name: 'a-1' }, { name: 'a-2' }, { name: 'a-3', revokedAt: new Date() }].map((host) =>
        makeHost(prisma, { observedStatus: 'online', ...host }),
      ),
    )
    const ids = [one, two, gone].map((host) => host?.id ?? '')
    const backend = await makeBackend(prisma, { name: 'scratch', config: { path: '/srv/scratch' } })
    const mount = await makeMount(prisma, { name: 'scratch', backendId: backend.id, hostIds: ids })
    const asOf = new Date().toISOString()
    const inodes = { total: 500, used: 20 }
    const usage = { totalBytes: 1_000, usedBytes: 10, availableBytes: null, fileCount: null, inodes, asOf }
    const seen = { observedGeneration: 1, observedAt: new Date() }
    const update = (hostId = '', data: Parameters<typeof prisma.mountOnHost.update>[0]['data']) =>
      prisma.mountOnHost.update({ where: { mountId_hostId: { mountId: mount.id, hostId } }, data })
    await update(one?.id, { ...seen, observedState: 'mounted', observedProven: true, usage })
    await update(two?.id, { ...seen, observedState: 'absent' })
    const { samples } = await scrape()
    expect(named(samples, 'holdfast_mount_status{mount="scratch"')).toEqual({
      'holdfast_mount_status{mount="scratch",host="a-1",status="mounted",tone="healthy"}': 1,
      'holdfast_mount_status{mount="scratch",host="a-2",status="drift_unmounted",tone="drift"}': 1,
    })
    expect(named(samples, 'holdfast_mount_hosts{mount="scratch"')).toEqual({
      'holdfast_mount_hosts{mount="scratch",status="mounted",tone="healthy"}': 1,
      'holdfast_mount_hosts{mount="scratch",status="drift_unmounted",tone="drift"}': 1,
    })
    expect(named(samples, 'holdfast_backend_used_bytes{backend="scratch"')).toEqual({
      'holdfast_backend_used_bytes{backend="scratch",host="a-1"}': 10,
    })
    expect(samples.get('holdfast_backend_used_ratio{backend="scratch",host="a-1"}')).toBe(0.01)
    expect(named(samples, 'holdfast_backend_used_inodes')).toEqual({
      'holdfast_backend_used_inodes{backend="scratch",host="a-1"}': 20,
    })
    expect(samples.get('holdfast_backend_inodes{backend="scratch",host="a-1"}')).toBe(500)
  })

  it('tell where storages are not reached, and what is left of their error budgets', async () => {
    const { prisma } = database
    const hosts = await Promise.all(
      ['r-1', 'r-2', 'r-3'].map((name) => makeHost(prisma, { name, observedStatus: 'online' })),
    )
    const [one, two, three] = hosts.map(({ id }) => id)
    const { id: backendId } = await makeBackend(prisma, { name: 'reached', generation: 2 })
    const checkedAt = new Date()
    const row = { backendId, checkedAt, checkedGeneration: 2, countedUntil: checkedAt }
    const { id: reachId } = await prisma.reach.create({ data: { ...row, hostId: one ?? '', health: 1 } })
    await prisma.reach.create({
      data: { ...row, hostId: two ?? '', health: 2, failures: 3, failedLayer: 'tcp', since: checkedAt },
    })
    // With settings that it does not have any more.
    const old = { ...row, checkedGeneration: 1, failures: 1, failedLayer: 'name', health: 0 }
    await prisma.reach.create({ data: { ...old, hostId: three ?? '' } })
    const day = Math.floor(Date.now() / 86_400_000) - 3
    await prisma.healthDay.create({ data: { reachId, day, wellSeconds: 80_000, failingSeconds: 600, outages: 1 } })
    await prisma.alertRule.create({ data: { kind: 'availability', subjectId: backendId, warning: 99, by: 'test' } })
    const { samples } = await scrape()
    const of = (name: string) => named(samples, `holdfast_backend_${name}{backend="reached"`)
    expect(of('checked_hosts')).toEqual({ 'holdfast_backend_checked_hosts{backend="reached"}': 2 })
    expect(of('unreached')).toEqual({ 'holdfast_backend_unreached{backend="reached",host="r-2",layer="tcp"}': 1 })
    expect(of('hosts')).toEqual({
      'holdfast_backend_hosts{backend="reached",health="unknown"}': 1,
      'holdfast_backend_hosts{backend="reached",health="well"}': 1,
      'holdfast_backend_hosts{backend="reached",health="failing"}': 1,
    })
    const [failing] = Object.values(of('failing_seconds'))
    expect(failing).toBeGreaterThanOrEqual(600)
    expect(failing).toBeLessThan(660)
    expect(Object.values(of('objective_ratio'))).toEqual([0.99])
    expect(Object.values(of('error_budget_seconds'))[0]).toBeCloseTo(0.01 * 30 * 86_400 * 3)
  })

  it('have pools with their volumes, and the metadata of a thin one', async () => {
    const { prisma } = database
    const host = await makeHost(prisma, { name: 'kvm-1', observedStatus: 'online' })
    const config = { portal: 'san.example.org', target: 'iqn.2026-01.org.example:one', lun: 1 }
    const backend = await makeBackend(prisma, { name: 'san', driver: 'iscsi-lvm', config })
    const measured = { capacityAt: new Date(), totalBytes: 900n, usedBytes: 90n, availableBytes: 810n }
    const onHost = { hostId: host.id, observedState: 'ready' as const, ...measured, metadataPercent: 12.5 }
    await prisma.pool.create({
      data: {
        id: 'pol_m',
        name: 'disks',
        backendId: backend.id,
        settings: { mode: 'thin' },
        hosts: { create: [onHost] },
      },
    })
    const volume = { poolId: 'pol_m', format: 'raw' as const, provisioning: 'thin' as const, sizeBytes: 500n }
    await prisma.volume.createMany({
      data: [
        { id: 'vol_1', name: 'one', nameKey: 'one', phase: 'ready', ...volume },
        { id: 'vol_2', name: 'two', nameKey: 'vol_2', phase: 'trashed', ...volume },
      ],
    })
    const { samples } = await scrape()
    expect(Object.values(named(samples, 'holdfast_pool_metadata_used_ratio'))).toEqual([0.125])
    expect(samples.get('holdfast_pool_phase{pool="disks",phase="READY"}')).toBe(1)
    expect(samples.get('holdfast_pool_phase{pool="disks",phase="ERROR"}')).toBe(0)
    expect(samples.get('holdfast_pool_provisioned_bytes{pool="disks"}')).toBe(1_000)
    expect(named(samples, 'holdfast_pool_volumes')).toEqual({
      'holdfast_pool_volumes{pool="disks",phase="READY"}': 1,
      'holdfast_pool_volumes{pool="disks",phase="TRASHED"}': 1,
    })
  })

  it('count the alerts that are there, by what people have said of them', async () => {
    const { prisma } = database
    const at = new Date()
    const told = { kind: 'host', subjectKind: 'host', subjectName: 'web-1', title: 'web-1 is silent', reach: {} }
    const alert = (id: string, over: object) => ({
      ...{ id, causeId: id, openKey: id, severity: 'critical', firstSeenAt: at, openedAt: at, ...told },
      ...over,
    })
    await prisma.alert.createMany({
      data: [
        alert('alr_1', {}),
        alert('alr_2', {}),
        alert('alr_3', { severity: 'warning' }),
        alert('alr_4', { openKey: null, clearedAt: at }),
        alert('alr_5', { openedAt: null }),
      ],
    })
    await prisma.acknowledgement.create({
      data: { causeId: 'alr_2', severity: 'critical', by: 'ada', byId: 'usr_1', at },
    })
    const { samples } = await scrape()
    const isThere = ([, value]: [string, number]) => value > 0
    expect(Object.entries(named(samples, 'holdfast_alerts')).filter(isThere)).toEqual([
      ['holdfast_alerts{severity="critical",state="open"}', 1],
      ['holdfast_alerts{severity="critical",state="acknowledged"}', 1],
      ['holdfast_alerts{severity="warning",state="open"}', 1],
    ])
    expect(samples.get('holdfast_alerts{severity="drift",state="silenced"}')).toBe(0)
  })

  it('tell of controllers that are heard of, and of a silent one only that', async () => {
    const { prisma } = database
    const iso = (ms: number) => new Date(Date.now() + ms).toISOString()
    const pulse = (at: string, pid: number): Pulse => ({
      at,
      every_ms: 10_000,
      is_leader: true,
      machine: 'ctl',
      ended: [{ kind: 'mount.apply', outcome: 'failed', count: 2 }],
      process: {
        pid,
        version: '1.2.0',
        started_at: iso(-60_000),
        rss_bytes: 1e8,
        heap_used_bytes: 5e7,
        heap_limit_bytes: 2e9,
        cpu_seconds: 12.5,
        event_loop: { mean_ms: 1, p99_ms: 10, max_ms: 40 },
      },
      sweep: { at: iso(-1_000), asked: 50, answered: 48, duration_ms: 900, every_ms: 15_000 },
      certificates: { authority: iso(1e9), controller: iso(1e8), fleet_port: iso(1e8) },
      sealing_keys: ['key-secret-1'],
    })
    // The first 7 was killed and started again.
    const pulses = [pulse(iso(-5_000), 7), pulse(iso(0), 7), pulse(iso(-120_000), 8)]
    for (const [index, value] of pulses.entries())
      await prisma.setting.create({ data: { key: `${PULSE_PREFIX}${index}`, value } })
    const { samples, text } = await scrape()
    expect(samples.get('holdfast_sweep_late_hosts{controller="ctl:7"}')).toBe(2)
    expect(samples.get('holdfast_controller_eventloop_delay_p99_seconds{controller="ctl:7"}')).toBe(0.01)
    const ended = (outcome: string) =>
      samples.get(`holdfast_operations_ended_total{controller="ctl:7",kind="mount.apply",outcome="${outcome}"}`)
    expect([ended('failed'), ended('succeeded')]).toEqual([2, 0])
    const ofSilent = [...samples.keys()].filter((name) => name.includes('controller="ctl:8"'))
    expect(ofSilent).toEqual(['holdfast_controller_heard_timestamp_seconds{controller="ctl:8"}'])
    expect(text).not.toContain('key-secret')
  })

  it('keep their lines whatever a name has in it', async () => {
    await makeHost(database.prisma, { name: 'odd "name\\ of\na host ä', observedStatus: 'online' })
    const { text } = await scrape()
    expect(text).toContain('holdfast_host_online{host="odd \\"name\\\\ of\\na host ä"} 1\n')
    for (const line of text.split('\n')) expect(line).toMatch(/^$|^# (HELP|TYPE) |^\w+(\{[^\n]*\})? [-+.\dNaInfe]+$/)
  })

  it('are read once for all who ask at the same moment', async () => {
    const read = vi.spyOn(database.prisma.mount, 'findMany')
    await Promise.all([scrape(), scrape(), scrape()])
    expect(read.mock.calls.length).toBeLessThan(3)
    read.mockRestore()
  })
})
