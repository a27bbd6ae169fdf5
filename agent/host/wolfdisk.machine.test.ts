import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { RememberedPlaces } from '@/agent/host/mounting/place-records'
import { supervisorServices } from '@/agent/host/services/services'
import type { WireMount } from '@/lib/agent-protocol/messages'
import type { DriverHost } from '@/lib/drivers/contract/driver-host'
import { toHostBackend } from '@/lib/drivers/input'
import { wolfdiskHost } from '@/lib/drivers/wolfdisk/host'
import { parseClusterStatus } from '@/lib/drivers/wolfdisk/parse-cluster-status'
import { bindMount, envelope, type MountHost, makeBase, openMountHost, removeBase } from '@/testing/agent/mount-host'
import { ALLOW_EVERYTHING, ANY_SOURCE } from '@/testing/agent/places'
import { describeDriver } from '@/testing/drivers/describe-driver'
import type { DriverRig } from '@/testing/drivers/driver-case'
import { newRecording, recordingContext } from '@/testing/drivers/recording'
import { installStandIns, standIn } from '@/testing/drivers/wolfdisk/install-stand-in'
import { testId } from '@/testing/ids'
import { Host } from './host'
import { freePort } from './network'

/** The driver on this kernel, with a stand-in for WolfDisk: see the driver's README for what that does not prove. */
const LIMIT_MS = 40_000

let remove: () => void = () => undefined
let base: string
let peer: ChildProcess
let peerPort: number

/** A node that the driver did not start, as the WolfDisk service of another machine. */
async function startPeer(): Promise<void> {
  peerPort = await freePort()
  const file = join(base, 'peer.toml')
  mkdirSync(join(base, 'peer-mount'))
  writeFileSync(
    file,
    [
      '[node]',
      'id = "a-leader"',
      'role = "auto"',
      `bind = "127.0.0.1:${peerPort}"`,
      `data_dir = "${join(base, 'peer-data')}"`,
    ].join('\n'),
  )
  peer = spawn(...standIn('wolfdisk', ['--config', file, 'mount', '--mountpoint', join(base, 'peer-mount')]), {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const status = join(base, 'peer-data', 'cluster_status.json')
  await vi.waitFor(() => expect(existsSync(status)).toBe(true), { timeout: 20_000, interval: 50 })
}

beforeAll(async () => {
  remove = installStandIns(['wolfdisk', 'wolfdiskctl'])
  base = mkdtempSync('/srv/holdfast-wolfdisk-')
  await startPeer()
})

afterAll(async () => {
  const gone = once(peer, 'exit')
  peer.kill('SIGTERM')
  await gone
  remove()
  spawnSync('chattr', ['-R', '-f', '-i', base])
  rmSync(base, { recursive: true, force: true })
})

interface Rig extends DriverRig {
  place: string
}

async function openRig(): Promise<Rig> {
  const place = mkdtempSync(join(base, 'rig-'))
  const machine = await Host.open({
    hostId: 'hst_test',
    runDir: join(place, 'run'),
    stateDir: join(place, 'state'),
    policy: () => ALLOW_EVERYTHING,
    places: new RememberedPlaces(),
    services: supervisorServices,
  })
  const { host } = machine.open({
    operationId: 'op_wolfdisk',
    deadlineAt: performance.now() + 120_000,
    signal: new AbortController().signal,
  })
  const target = { mountId: 'mnt_wolfdisk', path: join(place, 'target'), readOnly: false }
  return {
    place,
    host,
    target,
    hold: async () => {
      const child = spawn('sleep', ['600'], { cwd: target.path, stdio: 'ignore' })
      await once(child, 'spawn')
      return async () => {
        child.kill('SIGKILL')
        await once(child, 'exit')
      }
    },
    close: async () => {
      await host.fuse.stop('holdfast-mnt_wolfdisk', target.path)
      await machine.clean()
      machine.fuse.close()
      await vi.waitFor(() => expect(spawnSync('umount', [machine.runtime.path]).status).toBe(0), {
        timeout: 20_000,
        interval: 50,
      })
      rmSync(DATA, { recursive: true, force: true })
    },
  }
}

const DATA = '/srv/holdfast-wolfdisk-data'
const config = (port: number, more: Record<string, unknown> = {}) => ({
  peers: `127.0.0.1:${peerPort}`,
  bind: `127.0.0.1:${port}`,
  discovery: 'off',
  data_dir: DATA,
  ...more,
})

describeDriver<Rig>('this machine, with a stand-in', {
  driver: wolfdiskHost,
  // The port of the peer is known later, so the cases of the suite find it by themselves.
  config: { discovery: 'off', data_dir: DATA, bind: '127.0.0.1:29500' },
  secrets: {},
  limitMs: LIMIT_MS,
  rig: openRig,
  failures: [
    {
      name: 'nothing listens at the peer',
      config: { peers: '127.0.0.1:1' },
      step: 'tcp',
      problem: 'network.refused',
    },
  ],
})

async function withHost(work: (rig: Rig, host: DriverHost) => Promise<void>): Promise<void> {
  const rig = await openRig()
  try {
    await work(rig, rig.host)
  } finally {
    await rig.close()
  }
}

const backend = (given: Record<string, unknown>) => toHostBackend('bkd_wolfdisk', 'wolfdisk', given, {})

it('joins a cluster, follows its leader, and lets no second node on its data', async () => {
  await withHost(async ({ target }, host) => {
    const given = backend(config(await freePort(), { node_id: 'b-follower' }))
    const context = () => recordingContext(host, newRecording(), LIMIT_MS)
    await wolfdiskHost.mount?.(given, target, context())
    writeFileSync(join(target.path, 'hello'), 'hello')
    expect(readFileSync(join(target.path, 'hello'), 'utf8')).toBe('hello')
    const entry = host.mounts.list().find((mount) => mount.target === target.path)
    expect(entry).toMatchObject({ fsType: 'fuse', source: 'wolfdisk' })
    expect(entry?.options).toEqual(expect.arrayContaining(['nosuid', 'nodev', 'noexec']))
    const status = () => parseClusterStatus(readFileSync(join(DATA, 'cluster_status.json'), 'utf8'))
    await vi.waitFor(() => expect(status()).toMatchObject({ role: 'follower', leaderId: 'a-leader' }), 20_000)

    // Another backend on the same data is refused while this one lives.
    const other = { ...target, mountId: 'mnt_other', path: `${target.path}-other` }
    await expect(wolfdiskHost.mount?.(given, other, context())).rejects.toMatchObject({
      details: { problem: 'wolfdisk.data_in_use' },
    })
    expect((await wolfdiskHost.usage?.(given, target, context()))?.totalBytes).toBeGreaterThan(0)
    await wolfdiskHost.unmount?.(given, target, context())
    expect(host.mounts.list().some((mount) => mount.target === target.path)).toBe(false)
    expect(await host.fuse.isRunning('holdfast-mnt_wolfdisk')).toBe(false)
  })
})

it('tests as a client, sees that it is in sync, and leaves nothing behind', async () => {
  await withHost(async ({ place }, host) => {
    const steps = await wolfdiskHost.test(backend(config(1)), recordingContext(host, newRecording(), LIMIT_MS))
    expect(steps.filter(({ status }) => status === 'failed')).toEqual([])
    const mounted = steps.find(({ id }) => id === 'mount')
    expect(mounted?.detail).toMatch(/^client/)
    expect(existsSync(DATA)).toBe(false)
    expect(host.mounts.list().filter((mount) => mount.target.startsWith(join(place, 'run', 'scratch', '')))).toEqual([])
  })
})

it('works with the older command where only that is installed', async () => {
  remove()
  remove = installStandIns(['wolfdiskctl'])
  try {
    await withHost(async ({ target }, host) => {
      const given = backend(config(1, { peers: '' }))
      await wolfdiskHost.mount?.(given, target, recordingContext(host, newRecording(), LIMIT_MS))
      expect(host.mounts.list().some((mount) => mount.target === target.path)).toBe(true)
      await wolfdiskHost.unmount?.(given, target, recordingContext(host, newRecording(), LIMIT_MS))
    })
  } finally {
    remove()
    remove = installStandIns(['wolfdisk', 'wolfdiskctl'])
  }
})

/** In this file, since a test above takes the program away for a while. */
describe('the status of the node of a mount', () => {
  let home: string
  let host: MountHost
  let mount: WireMount

  beforeAll(async () => {
    home = makeBase('node')
    const quick = { everyMs: 300, againMs: 100, firstMs: 50 }
    host = await openMountHost(home, join(home, 'mnt'), ANY_SOURCE, quick)
    const config = { data_dir: join(home, 'data'), discovery: 'off', bind: `127.0.0.1:${await freePort()}` }
    const defaults = { role: 'auto', replication: 'shared', replication_factor: 3, chunk_size: 4_194_304 }
    const settings = { ...config, ...defaults, node_id: 'node-a', noexec: true, read_only: false }
    mount = bindMount(home, 'wolf', {
      backend: { id: testId('backend', '1'), driver: 'wolfdisk', config: settings, secrets: {} },
    })
    await change('mounted', 1)
  })
  afterAll(async () => {
    signal('SIGCONT')
    await change('unmounted', 4)
    await host.close()
    removeBase(home)
  })

  function change(desiredState: WireMount['desiredState'], generation: number) {
    const command = envelope(mount.mountId, { generation })
    return host.manager.apply(command, performance.now(), { ...mount, desiredState }, { log: () => undefined })
  }
  const shown = () => host.manager.list()[0]
  const until = (what: object) =>
    vi.waitFor(() => expect(shown()).toMatchObject(what), { timeout: 20_000, interval: 50 })

  function signal(name: NodeJS.Signals): void {
    const { directory } = host.machine.fuse.paths(`holdfast-${mount.mountId}`)
    process.kill(JSON.parse(readFileSync(join(directory, 'state.json'), 'utf8')).daemon.pid, name)
  }

  it('is told with the mount, and again when it changes', async () => {
    await until({ state: 'mounted', node: { status: { id: 'node-a', leader: 'node-a', version: 1 }, problem: null } })
    signal('SIGHUP')
    await until({ node: { status: { version: 2, isStale: false } } })
  })

  it('is stale when the node has stopped, although it is mounted', async () => {
    signal('SIGSTOP')
    const file = join(home, 'data', 'cluster_status.json')
    const said = JSON.parse(readFileSync(file, 'utf8')) as { updated_at: number }
    writeFileSync(file, JSON.stringify({ ...said, updated_at: said.updated_at - 11 }))
    await until({ state: 'mounted', node: { status: { version: 2, isStale: true }, problem: 'wolfdisk.stale' } })
    await until({ state: 'mounted', proven: false, error: { problem: 'wolfdisk.stale' } })
    signal('SIGCONT')
    await until({ state: 'mounted', proven: true, error: null })
  })

  it('goes with the mount', async () => {
    signal('SIGCONT')
    await change('unmounted', 2)
    expect(shown()).not.toHaveProperty('node')
    await change('mounted', 3)
    await until({ node: { status: { isStale: false } } })
  })
})
