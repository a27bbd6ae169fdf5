import { describe, expect, it } from 'vitest'
import type { HostBackend } from '@/lib/drivers/contract/host'
import { toHostBackend } from '@/lib/drivers/input'
import { wolfdiskHost } from '@/lib/drivers/wolfdisk/host'
import { HoldfastError } from '@/lib/errors'
import { reveal } from '@/lib/secret'
import { describeDriver } from '@/testing/drivers/describe-driver'
import type { DriverRig } from '@/testing/drivers/driver-case'
import { FakeHost, type FakeStorage, fakeStorage } from '@/testing/drivers/fake-host'
import { newRecording, recordingContext } from '@/testing/drivers/recording'

interface Rig extends DriverRig {
  host: WolfHost
  storage: FakeStorage
}

const CONFIG = { data_dir: '/var/lib/wolfdisk', peers: 'node-a.example.com, node-b.example.com:8550' }
const STATUS = '/var/lib/wolfdisk/cluster_status.json'

/** A host on which started nodes write their status, as long as they run. */
class WolfHost extends FakeHost {
  /** What a node writes; null: nothing. */
  status: Record<string, unknown> | null = { index_version: 42 }
  /** Directories on which a node works that we did not start. */
  readonly foreign = new Set<string>()

  constructor() {
    super()
    const { readText } = this.probe
    this.probe.readText = async (path) => {
      const living = [...this.foreign, ...[...this.daemons.values()].map((daemon) => this.dataOf(daemon.unit))]
      const isAlive = living.some((directory) => path === `${directory}/cluster_status.json`)
      if (isAlive && this.status !== null) this.files.set(path, this.statusText(performance.now() / 1000))
      return await readText(path)
    }
  }

  dataOf(unit: string): string {
    const toml = this.daemons.get(unit)?.secretFiles['config.toml']
    return /data_dir = "(.*)"/.exec(toml === undefined ? '' : reveal(toml))?.[1] ?? '/var/lib/wolfdisk'
  }

  statusText(uptime: number): string {
    return JSON.stringify({
      node_id: 'host-1',
      role: 'follower',
      state: 'following',
      leader_id: 'node-a',
      peers: [{ node_id: 'node-a', address: '10.0.0.11:9500', is_leader: true, last_seen_secs_ago: 1 }],
      updated_at: Date.now() / 1000 + uptime / 1e6,
      ...this.status,
    })
  }
}

async function rig(): Promise<Rig> {
  const host = new WolfHost()
  const storage = fakeStorage()
  host.files.set('/proc/sys/kernel/hostname', 'host-1\n')
  host.addresses.set('node-a.example.com', ['192.0.2.11']).set('node-b.example.com', ['192.0.2.12'])
  host.openPorts.add('node-a.example.com:9500').add('node-b.example.com:8550')
  host.answers.set('wolfdisk', { exitCode: 0, stdout: 'Usage: wolfdisk [OPTIONS] <COMMAND>\n', stderr: '' })
  host.fuseStorage = () => ({ storage, fsType: 'fuse', source: 'wolfdisk' })
  // The status that a node leaves behind would cost each test the time to see that it stands still.
  const { stop } = host.fuse
  host.fuse.stop = async (unit, path) => {
    host.files.delete(`${host.dataOf(unit)}/cluster_status.json`)
    await stop(unit, path)
  }
  const target = { mountId: 'mnt_1', path: '/mnt/wolf', readOnly: false }
  return {
    host,
    storage,
    target,
    hold: async () => {
      host.holders.set(target.path, 'bash (4711)')
      return async () => void host.holders.delete(target.path)
    },
    close: async () => undefined,
  }
}

describeDriver<Rig>('fake host', {
  driver: wolfdiskHost,
  config: CONFIG,
  secrets: {},
  rig,
  shown: {
    instead: [
      [/\/run\/holdfast\/fuse\/holdfast-mnt_1/, '…'],
      [/\/var\/cache\/holdfast\/holdfast-mnt_1/, '…/cache'],
    ],
  },
  limitMs: 8_000,
  hang: ({ storage }) => {
    storage.state = 'hung'
  },
  outage: {
    begin: ({ host }) => {
      const peers = [{ node_id: 'node-a', address: '10.0.0.11:9500', is_leader: true, last_seen_secs_ago: 12 }]
      host.status = { index_version: 42, peers }
    },
    end: ({ host }) => {
      host.status = { index_version: 42 }
    },
    problem: 'wolfdisk.alone',
  },
  failures: [
    {
      name: 'WolfDisk missing',
      arrange: ({ host }) => void host.answers.delete('wolfdisk'),
      step: 'tools',
      problem: 'tool.missing',
    },
    { name: 'unknown peer', config: { peers: 'nowhere.example.com' }, step: 'name', problem: 'name.not_found' },
    {
      name: 'no peer answers',
      arrange: ({ host }) => host.openPorts.clear(),
      step: 'tcp',
      problem: 'network.refused',
    },
    {
      name: 'the node ends at once',
      arrange: ({ host }) => {
        host.fuseStorage = () => null
      },
      step: 'mount',
      problem: 'wolfdisk.ended',
    },
    {
      name: 'full disk',
      arrange: ({ storage }) => {
        storage.writeErrno = 'ENOSPC'
      },
      step: 'write',
      problem: 'write.full',
    },
  ],
  malformed: [
    {
      name: 'a status that is none',
      arrange: ({ host }) => {
        host.status = { peers: 'none' }
      },
      act: 'discover',
    },
  ],
})

describe('wolfdisk on the fake host', () => {
  const backend = (config: Record<string, unknown> = {}): HostBackend =>
    toHostBackend('bkd_1', 'wolfdisk', { ...CONFIG, ...config }, {})
  async function setUp() {
    const made = await rig()
    const recording = newRecording()
    const context = () => recordingContext(made.host, recording, 8_000)
    return { ...made, recording, context }
  }
  const stepsOf = async (found: Awaited<ReturnType<typeof setUp>>, config = {}) =>
    new Map((await wolfdiskHost.test(backend(config), found.context())).map((step) => [step.id, step]))

  it('tests with a client of its own, on data of its own, and says what the node sees', async () => {
    const found = await setUp()
    const started: string[] = []
    const { fuseStorage } = found.host
    found.host.fuseStorage = (daemon) => {
      const toml = daemon.secretFiles['config.toml']
      started.push(daemon.args.join(' '), toml === undefined ? '' : reveal(toml))
      return fuseStorage(daemon)
    }
    const steps = await stepsOf(found)
    expect(steps.get('protocol')).toMatchObject({ status: 'skipped' })
    expect(steps.get('mount')).toMatchObject({
      status: 'passed',
      detail: 'follower of node-a, 1 of 1 peer active, index 42',
    })
    const [command, toml] = started
    expect(command).toMatch(/^--config \/run\/holdfast\/fuse\/holdfast-test-\S+\/config\.toml mount --mountpoint \/run/)
    expect(toml).toContain('role = "client"')
    expect(toml).toContain('id = "host-1-test"')
    expect(toml).toMatch(/data_dir = "\/var\/cache\/holdfast\/holdfast-test-/)
  })

  it('warns when one peer is away, when no status comes, and when the nodes differ', async () => {
    const away = await setUp()
    away.host.openPorts.delete('node-b.example.com:8550')
    expect((await stepsOf(away)).get('tcp')).toMatchObject({ status: 'warning', problem: 'wolfdisk.peer_missing' })

    const silent = await setUp()
    silent.host.status = null
    expect((await stepsOf(silent)).get('mount')).toMatchObject({ status: 'warning', problem: 'wolfdisk.no_status' })

    const differs = await setUp()
    differs.host.foreign.add('/var/lib/wolfdisk')
    let version = 40
    const { readText } = differs.host.probe
    differs.host.probe.readText = (path) => {
      if (path !== STATUS) version = 42
      differs.host.status = { index_version: path === STATUS ? 40 : version }
      return readText(path)
    }
    expect((await stepsOf(differs)).get('mount')).toMatchObject({ status: 'warning', problem: 'wolfdisk.out_of_sync' })
  })

  it('refuses data on which another node works, but not what a dead one left', async () => {
    const { host, target, context } = await setUp()
    host.foreign.add('/var/lib/wolfdisk')
    await expect(wolfdiskHost.mount?.(backend(), target, context())).rejects.toMatchObject({
      details: { problem: 'wolfdisk.data_in_use' },
    })
    host.foreign.clear()
    // What is left of it is fresh, but stands still.
    host.files.set(STATUS, host.statusText(0))
    await wolfdiskHost.mount?.(backend(), target, context())
    expect(host.daemons.get('holdfast-mnt_1')?.dataDirectory).toBe('/var/lib/wolfdisk')
    host.killDaemon('holdfast-mnt_1')
    await wolfdiskHost.mount?.(backend(), target, context())
    const [entry, ...more] = host.mounts.list().filter((mount) => mount.target === target.path)
    expect(more).toEqual([])
    expect(entry?.options).toEqual(['noexec', 'rw', 'nosuid', 'nodev'])
  })

  it('uses a file of the host, and the older command where the newer is missing', async () => {
    const { host, target, context } = await setUp()
    await wolfdiskHost.mount?.(backend({ config_file: '/etc/wolfdisk/config.toml' }), target, context())
    expect(host.daemons.get('holdfast-mnt_1')).toMatchObject({
      command: 'wolfdisk',
      args: ['--config', '/etc/wolfdisk/config.toml', 'mount', '--mountpoint', '/mnt/wolf'],
      secretFiles: {},
    })
    await wolfdiskHost.unmount?.(backend(), target, context())
    host.files.delete(STATUS)
    host.answers.delete('wolfdisk')
    host.answers.set('wolfdiskctl', { exitCode: 0, stdout: 'Usage: wolfdiskctl\n', stderr: '' })
    await wolfdiskHost.mount?.(backend(), target, context())
    expect(host.daemons.get('holdfast-mnt_1')).toMatchObject({
      command: 'wolfdiskctl',
      args: ['mount', '/var/lib/wolfdisk', '/mnt/wolf'],
    })
  })

  it('tells what its node says, and when it says nothing any more', async () => {
    const { host, target, context } = await setUp()
    const node = () => wolfdiskHost.node?.(backend(), target, context())
    expect(await node()).toEqual({ status: null, problem: 'wolfdisk.no_status' })
    await wolfdiskHost.mount?.(backend(), target, context())
    expect(await node()).toMatchObject({ status: { id: 'host-1', leader: 'node-a', version: 42 }, problem: null })
    host.status = { index_version: 42, updated_at: Date.now() / 1000 - 11 }
    expect(await node()).toMatchObject({ status: { isStale: true }, problem: 'wolfdisk.stale' })
  })

  it('offers the peers of the node on this host, unless it has stopped', async () => {
    const { host, context } = await setUp()
    const look = () => wolfdiskHost.discover?.peers?.(backend(), context())
    await expect(look()).rejects.toBeInstanceOf(HoldfastError)
    host.files.set(STATUS, host.statusText(0))
    expect(await look()).toEqual([{ value: '10.0.0.11:9500', label: '10.0.0.11:9500 (node-a)', detail: 'leader' }])
    host.status = { index_version: 1, updated_at: Date.now() / 1000 - 11 }
    host.files.set(STATUS, host.statusText(0))
    await expect(look()).rejects.toMatchObject({ details: { problem: 'wolfdisk.stale' } })
  })
})
