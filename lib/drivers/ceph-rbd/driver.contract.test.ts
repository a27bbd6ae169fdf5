import { describe, expect, it } from 'vitest'
import { cephRbdConnecting } from '@/lib/drivers/ceph-rbd/connecting'
import { cephRbd } from '@/lib/drivers/ceph-rbd/descriptor'
import { cephRbdHost } from '@/lib/drivers/ceph-rbd/host'
import type { HostBackend } from '@/lib/drivers/contract/host'
import { toHostBackend } from '@/lib/drivers/input'
import { reveal } from '@/lib/secret'
import { describeDriver } from '@/testing/drivers/describe-driver'
import type { DriverRig, FailureCase } from '@/testing/drivers/driver-case'
import { FakeHost, failure } from '@/testing/drivers/fake-host'
import { distributions, fixture } from '@/testing/drivers/fixtures'
import { newRecording, type Recording, recordingContext } from '@/testing/drivers/recording'

type Rig = DriverRig & { host: FakeHost }
type Answer = (args: readonly string[]) => ReturnType<typeof ok> | Error | 'hang' | undefined

const KEY = 'AQCanaryNotARealKeyAAAAAAAAAAAAAAAAAAAA=='
const FSID = '9f1b6d54-7a2c-4c0a-8a58-1d2f0c9e4b11'
const CONFIG = { monitors: '10.77.0.1, mon2.example.com:6789', pool: 'rbd', user: 'holdfast' }
const RECORDED = {
  df: fixture('ceph-rbd', 'ceph-df.debian12.out'),
  pools: fixture('ceph-rbd', 'ceph-pools.debian12.out'),
  namespaces: fixture('ceph-rbd', 'rbd-namespaces.debian12.out'),
  du: fixture('ceph-rbd', 'rbd-du.debian12.namespace.out'),
}

function ok(stdout: string) {
  return { exitCode: 0, stdout, stderr: '' }
}

/** The answers of a real cluster, as the lab recorded them; `other` may say something else first. */
function cluster(host: FakeHost, other: Answer = () => undefined): void {
  const said = (args: readonly string[], answers: Record<string, string>) => {
    const line = args.join(' ')
    const found = Object.keys(answers).find((words) => line.includes(words))
    if (found === undefined) throw new Error(`nobody asked this before: ${line}`)
    return ok(answers[found] ?? '')
  }
  host.answers.set(
    'ceph',
    (args) =>
      other(args) ??
      said(args, {
        fsid: `${FSID}\n`,
        'df --format json': RECORDED.df,
        'osd pool ls detail': RECORDED.pools,
        '--version': 'ceph version 16.2.15\n',
      }),
  )
  host.answers.set(
    'rbd',
    (args) =>
      other(args) ??
      said(args, {
        'namespace ls': RECORDED.namespaces,
        'ls --pool': '[]',
        'du --pool': RECORDED.du,
        '--version': 'ceph version 16.2.15 (a6b7c7d) pacific (stable)\n',
      }),
  )
}

async function rig(): Promise<Rig> {
  const host = new FakeHost()
  host.addresses.set('10.77.0.1', ['10.77.0.1']).set('mon2.example.com', ['10.77.0.2'])
  host.openPorts.add('10.77.0.1:6789').add('mon2.example.com:6789')
  host.answers.set('modprobe', ok(''))
  cluster(host)
  return {
    host,
    target: { mountId: 'mnt_1', path: '/mnt/never', readOnly: false },
    hold: async () => {
      map(host, 'rbd', 'vol_1')
      return async () => host.localFiles.clear()
    },
    traces: async () => [...host.secretFiles.keys()],
    close: async () => undefined,
  }
}

function map(host: FakeHost, pool: string, name: string, namespace = ''): void {
  const files = { pool, pool_ns: namespace, name, cluster_fsid: FSID }
  for (const [file, text] of Object.entries(files)) host.localFiles.set(`/sys/bus/rbd/devices/0/${file}`, `${text}\n`)
}

/** A tool that fails as it did in the lab. */
/** The same case once for each distribution that it was recorded on. */
function fails(
  name: string,
  [command, recorded]: [command: string, recorded: string],
  words: string,
  step: FailureCase<Rig>['step'],
  problem: FailureCase<Rig>['problem'],
  config: Record<string, unknown> = {},
): FailureCase<Rig>[] {
  return distributions('ceph-rbd', command).map((distribution) => {
    const said = fixture('ceph-rbd', `${command}.${distribution}.${recorded}.out`)
    const answer: Answer = (args) => (args.join(' ').includes(words) ? failure('ceph', 1, said) : undefined)
    return {
      name: `${name}, ${distribution}`,
      arrange: ({ host }) => cluster(host, answer),
      step,
      problem,
      config,
    }
  })
}

describeDriver<Rig>('fake host', {
  driver: cephRbdHost,
  config: CONFIG,
  secrets: { keyring: `[client.holdfast]\n\tkey = ${KEY}\n\tcaps mon = "profile rbd"\n` },
  rig,
  limitMs: 4_000,
  hang: ({ host }) => {
    host.deadlineAt = performance.now() + 200
    cluster(host, (args) => (args.includes('--conf') ? 'hang' : undefined))
  },
  failures: [
    {
      name: 'ceph-common is missing',
      arrange: ({ host }) => void host.answers.delete('rbd'),
      step: 'tools',
      problem: 'tool.missing',
    },
    { name: 'unknown names', config: { monitors: 'mon.nowhere.example' }, step: 'name', problem: 'name.not_found' },
    {
      name: 'nothing listens',
      arrange: ({ host }) => host.openPorts.clear(),
      step: 'tcp',
      problem: 'network.refused',
    },
    { name: 'no key', secrets: {}, step: 'authentication', problem: 'ceph.no_key' },
    ...fails('wrong key', ['ceph-fsid', 'wrong-key'], 'fsid', 'authentication', 'ceph.wrong_key'),
    ...fails('unknown user', ['ceph-fsid', 'unknown-user'], 'fsid', 'authentication', 'ceph.wrong_key'),
    ...fails(
      'monitors without an answer',
      ['ceph-fsid', 'monitors-down'],
      'fsid',
      'authentication',
      'ceph.monitors_down',
    ),
    {
      name: 'another cluster',
      config: { cluster_id: '00000000-0000-4000-8000-000000000000' },
      step: 'authentication',
      problem: 'ceph.other_cluster',
    },
    { name: 'another pool', config: { pool: 'nowhere' }, step: 'target', problem: 'ceph.no_pool' },
    // rbd does not tell which ones are left.
    ...fails('a pool that was just removed', ['rbd-ls', 'no-such-pool'], 'ls --pool', 'target', 'ceph.no_pool').map(
      (one) => ({ ...one, unknown: ['found'] }),
    ),
    ...fails('no rights in the pool', ['rbd-ls', 'no-caps'], 'ls --pool', 'target', 'ceph.no_caps'),
    ...fails('rights in a namespace only', ['rbd-ls', 'tenant-outside'], 'ls --pool', 'target', 'ceph.no_caps'),
    ...fails(
      'a namespace that was just removed',
      ['rbd-ls', 'no-such-namespace'],
      '--namespace',
      'namespace',
      'ceph.no_namespace',
      { namespace: 'tenant' },
    ),
    ...fails('a key that was just changed', ['rbd-ls', 'wrong-key'], 'ls --pool', 'target', 'ceph.wrong_key'),
    { name: 'another namespace', config: { namespace: 'nowhere' }, step: 'namespace', problem: 'ceph.no_namespace' },
  ],
  malformed: [
    {
      name: 'a report of another format',
      arrange: ({ host }) =>
        cluster(host, (args) => (args.includes('df') ? ok('{"pools": [{"name": "rbd"}]}') : undefined)),
      act: 'usage',
    },
    {
      name: 'pools in another format',
      arrange: ({ host }) => cluster(host, (args) => (args.includes('osd') ? ok('rbd\n') : undefined)),
      act: 'discover',
    },
  ],
})

function backend(config: Record<string, unknown> = {}): HostBackend {
  return toHostBackend('bkd_1', 'ceph-rbd', { ...CONFIG, ...config }, { keyring: KEY })
}

function contextOf(host: FakeHost, recording: Recording = newRecording()) {
  return recordingContext(host, recording, 4_000)
}

describe('capacity', () => {
  it('is what the cluster counts, for the right pool', async () => {
    const { host } = await rig()
    const { pools } = JSON.parse(RECORDED.df) as { pools: { name: string; stats: Record<string, number> }[] }
    const { stored, max_avail } = pools.find(({ name }) => name === 'rbd')?.stats ?? {}
    expect(await cephRbdHost.usage?.(backend(), null, contextOf(host))).toEqual({
      usedBytes: stored,
      availableBytes: max_avail,
      totalBytes: (stored ?? 0) + (max_avail ?? 0),
      fileCount: null,
    })
  })

  it('counts the images of the namespace alone, and is unknown where they cannot be read', async () => {
    const { host } = await rig()
    const usage = () => cephRbdHost.usage?.(backend({ namespace: 'tenant' }), null, contextOf(host))
    const { total_used_size } = JSON.parse(RECORDED.du) as { total_used_size: number }
    expect(await usage()).toMatchObject({ usedBytes: total_used_size })
    cluster(host, (args) => (args.includes('du') ? failure('rbd', 1, 'rbd: access denied') : undefined))
    expect(await usage()).toMatchObject({
      usedBytes: null,
      totalBytes: null,
      availableBytes: expect.any(Number),
    })
  })
})

describe('the tools', () => {
  it('get the key in a file that is gone afterwards, and never the settings of the host', async () => {
    const { host } = await rig()
    const recording = newRecording()
    await cephRbdHost.connect?.(backend(), contextOf(host, recording))
    const asked = recording.commands.filter(({ args }) => args.includes('fsid') || args.includes('df'))
    expect(asked.length).toBeGreaterThan(1)
    for (const { args } of asked) {
      expect(args.slice(0, 6)).toEqual([
        '--conf',
        expect.stringContaining('/secrets/'),
        '--keyring',
        expect.stringContaining('/secrets/'),
        '--name',
        'client.holdfast',
      ])
    }
    expect(JSON.stringify(recording)).not.toContain(KEY)
    expect(host.secretFiles.size).toBe(0)
  })

  it.each([undefined, 'tenant'])('are run as the preview shows, in order (namespace %s)', async (namespace) => {
    const { host } = await rig()
    const recording = newRecording()
    const place = { backendId: 'bkd_1', hostId: 'hst_a' }
    const settings = backend(namespace === undefined ? {} : { namespace })
    await cephRbdHost.connect?.(settings, contextOf(host, recording))
    const ran = recording.commands
      .filter(({ args }) => args.includes('--conf'))
      .map(({ command, args }) => ({ command, args: args.with(1, 'ceph.conf').with(3, 'ceph.keyring') }))
    expect(cephRbdConnecting.connect(cephRbd.config.parse(settings.config), place).commands).toEqual(ran)
    const closing = newRecording()
    await cephRbdHost.disconnect?.(settings, contextOf(host, closing))
    expect(cephRbdConnecting.disconnect(cephRbd.config.parse(settings.config), place).commands).toEqual(
      closing.commands,
    )
  })

  it('go on while one of the monitors answers, with a warning', async () => {
    const { host } = await rig()
    host.openPorts.delete('mon2.example.com:6789')
    const steps = await cephRbdHost.test(backend(), contextOf(host))
    expect(steps.find(({ id }) => id === 'tcp')).toMatchObject({ status: 'warning' })
    expect(steps.every(({ status }) => status !== 'failed')).toBe(true)
  })

  it('do without RBD in the kernel, and say so', async () => {
    const { host } = await rig()
    host.answers.set('modprobe', failure('modprobe', 1, ''))
    const steps = await cephRbdHost.test(backend(), contextOf(host))
    expect(steps[0]).toMatchObject({ id: 'tools', status: 'warning' })
    const connection = await cephRbdHost.connect?.(backend(), contextOf(host))
    expect(connection?.details).toMatchObject({ 'RBD in the kernel': 'no' })
  })
})

it('finds the pools for RBD and the namespaces in them', async () => {
  const { host } = await rig()
  const partial = (config: Record<string, unknown>) =>
    toHostBackend('bkd_1', 'ceph-rbd', config, { keyring: KEY }, { partial: true })
  const { pool: _typedLater, ...half } = CONFIG
  expect(await cephRbdHost.discover?.pools?.(partial(half), contextOf(host))).toEqual([{ value: 'rbd' }])
  expect(await cephRbdHost.discover?.namespaces?.(partial(CONFIG), contextOf(host))).toEqual([{ value: 'tenant' }])
  await expect(cephRbdHost.discover?.namespaces?.(partial(half), contextOf(host))).rejects.toMatchObject({
    fields: [{ field: 'config.pool' }],
  })
})

it('is held by mapped images of this pool and namespace only', async () => {
  const { host } = await rig()
  map(host, 'rbd', 'vol_1', 'tenant')
  await cephRbdHost.disconnect?.(backend(), contextOf(host))
  const other = backend({ cluster_id: '00000000-0000-4000-8000-000000000000', namespace: 'tenant' })
  await cephRbdHost.disconnect?.(other, contextOf(host))
  await expect(cephRbdHost.disconnect?.(backend({ namespace: 'tenant' }), contextOf(host))).rejects.toMatchObject({
    code: 'busy',
    details: { problem: 'ceph.mapped' },
  })
})

describe('the place of volumes', () => {
  it('has the monitors by their addresses in what the tools read, and the key apart from it', async () => {
    const { host } = await rig()
    const recording = newRecording()
    const place = await cephRbdHost.place?.(backend({ namespace: 'tenant' }), null, contextOf(host, recording))
    expect(place).toMatchObject({ kind: 'rbd', pool: 'rbd', namespace: 'tenant', user: 'holdfast' })
    if (place?.kind !== 'rbd') throw new Error('not a place of RBD')
    expect(place.configuration).toContain('mon_host = 10.77.0.1,10.77.0.2:6789\n')
    expect(reveal(place.key)).toBe(KEY)
    expect(JSON.stringify([place, recording])).not.toContain(KEY)
    expect(host.secretFiles.size).toBe(0)
  })

  it('is none without a key', async () => {
    const { host } = await rig()
    const without = toHostBackend('bkd_1', 'ceph-rbd', CONFIG, {})
    await expect(cephRbdHost.place?.(without, null, contextOf(host))).rejects.toMatchObject({
      details: { problem: 'ceph.no_key' },
    })
  })

  it('tells machines of all monitors and the secret of libvirt, with nothing that is secret', () => {
    const config = { ...CONFIG, secret_uuid: '9F1B6D54-7a2c-4c0a-8a58-1d2f0c9e4b11' }
    expect(cephRbd.volumes?.reach?.(cephRbd.config.parse(config), 'bkd_1')).toEqual({
      kind: 'rbd',
      pool: 'rbd',
      namespace: '',
      user: 'holdfast',
      monitors: [
        { address: '10.77.0.1', port: null },
        { address: 'mon2.example.com', port: 6789 },
      ],
      secretUuid: '9f1b6d54-7a2c-4c0a-8a58-1d2f0c9e4b11',
    })
  })
})
