import { join } from 'node:path'
import { openBackend } from '@/agent/backends/open-backend'
import { Jobs } from '@/agent/commands/jobs/jobs'
import { clearLeftovers } from '@/agent/commands/leftovers'
import { CommandRunner } from '@/agent/commands/runner'
import { engineHost } from '@/agent/host/engine-host'
import { bootId, Host } from '@/agent/host/host'
import { supervisorServices } from '@/agent/host/services/services'
import { Journal } from '@/agent/journal/journal'
import { createPolicy, parsePolicy } from '@/agent/policy/policy'
import { PoolFiles } from '@/agent/resources/files/pool-files'
import { MountManager } from '@/agent/resources/mounts/manager'
import { Ground } from '@/agent/resources/pools/ground'
import { KeeperLeases } from '@/agent/resources/pools/keeper-leases'
import { PoolManager } from '@/agent/resources/pools/manager'
import { type PlacedPool, type PoolDoorParts, PoolDoors } from '@/agent/resources/pools/pool-doors'
import type { PoolTiming } from '@/agent/resources/pools/watch'
import { VolumeHolds } from '@/agent/resources/volumes/holds'
import { volumeWork } from '@/agent/resources/volumes/work'
import type { ObservedConnection, ObservedJob, WireBackend, WireMount } from '@/lib/agent-protocol/messages'
import type { VolumeWork, WirePool } from '@/lib/agent-protocol/pools'
import type { DriverHost } from '@/lib/drivers/contract/driver-host'
import { createLog } from '@/lib/log'
import type { EngineHost, VolumeEngine } from '@/lib/volume-engines/contract/engine'
import type { Machines } from '@/lib/volume-engines/contract/machines'
import type { PoolPlace } from '@/lib/volume-engines/contract/place'
import { parseEngineSettings } from '@/lib/volume-engines/registry'
import { bindMount, envelope } from '@/testing/agent/mount-host'
import { ALLOW_EVERYTHING, ANY_SOURCE, allowBelow } from '@/testing/agent/places'
import { testId } from '@/testing/ids'

export interface PoolHost {
  machine: Host
  journal: Journal
  runner: CommandRunner
  mounts: MountManager
  pools: PoolManager
  doors: PoolDoors
  files: PoolFiles
  jobs: Jobs
  log: string[]
  /** As an orderly end of the agent. */
  close(): Promise<void>
}

const ANY_POLICY = createPolicy(parsePolicy('{}', 'agent.json'))
/** Servers of tests listen on loopback, and one network is closed. */
const IMPORT_NETWORKS = { allow: { networks: ['127.0.0.0/8'] }, deny: { networks: ['198.51.100.0/24'] } }
const IMPORT_POLICY = createPolicy(parsePolicy(JSON.stringify(IMPORT_NETWORKS), 'agent.json'))

/** A block storage that is connected, in place of one that a driver has to find. */
export interface FakeStorage {
  backendId: string
  place: PoolPlace
  host: EngineHost
}

class FakeStorageDoors extends PoolDoors {
  readonly #engine: VolumeEngine
  readonly #place: PoolPlace

  constructor(parts: PoolDoorParts, engine: VolumeEngine, { place }: FakeStorage) {
    super(parts)
    this.#engine = engine
    this.#place = place
  }

  override async place(pool: WirePool): Promise<PlacedPool> {
    const settings = parseEngineSettings(pool.engine, pool.settings)
    const open = { poolId: pool.poolId, place: this.#place, settings }
    return { open, engine: this.#engine, secrets: [], libvirtKey: null }
  }
}

function connected({ backendId }: FakeStorage): ObservedConnection {
  const now = new Date().toISOString()
  return { backendId, state: 'connected', generation: 1, since: now, error: null, connection: null, connectedAt: now }
}

/**
 * The mounts, pools and jobs of an agent on this machine, in a directory of a test. Mounts may lie below `base/mnt`. `machinesOf`: in
 * place of the machines of this machine's own libvirt.
 */
export async function openPoolHost(
  base: string,
  engine: VolumeEngine,
  timing: Partial<PoolTiming> = {},
  machinesOf?: (host: DriverHost) => Machines,
  storage?: FakeStorage,
): Promise<PoolHost> {
  const log: string[] = []
  const agentLog = createLog('agent', 'debug', (line) => log.push(line))
  const journal = Journal.open(join(base, 'state'))
  const machine = await Host.open({
    runDir: join(base, 'run'),
    stateDir: join(base, 'state'),
    hostId: testId('host', 'test'),
    services: supervisorServices,
    policy: () => ({ ...ALLOW_EVERYTHING, ...allowBelow(join(base, 'mnt')), sources: ANY_SOURCE }),
    places: journal.places,
  })
  const runner = new CommandRunner({ journal, log: agentLog })
  const mounts = MountManager.start({
    host: machine,
    journal,
    runner,
    log: agentLog,
    open: (backend, redactor) => openBackend(backend, { ...ANY_POLICY, checkDriver: () => undefined }, redactor),
  })
  const connections = storage === undefined ? [] : [connected(storage)]
  const ground = new Ground({ mounts, connections: { list: () => connections, subscribe: () => () => undefined } })
  const leases = new KeeperLeases()
  const doorParts: PoolDoorParts = {
    leases,
    policy: () => ANY_POLICY,
    open: (limits) => machine.open(limits),
    ground,
    engineFor: () => engine,
    engineHost: (door) => storage?.host ?? engineHost(door.host, machinesOf?.(door.host)),
  }
  const doors = storage === undefined ? new PoolDoors(doorParts) : new FakeStorageDoors(doorParts, engine, storage)
  const holds = new VolumeHolds()
  const pools = PoolManager.start({
    journal,
    runner,
    log: agentLog,
    policy: () => ANY_POLICY,
    doors,
    ground,
    holds,
    secrets: { isThere: () => false, keep: async () => '', drop: async () => undefined },
    leases,
    timing,
  })
  const { programs } = machine
  const imports = { policy: () => IMPORT_POLICY, directory: join(base, 'imports') }
  const kinds = [volumeWork({ pools, doors, holds, runner, imports, ground })]
  const jobs = Jobs.start({ journal, runner, programs, log: agentLog, boot: bootId(), kinds })
  runner.resume([mounts, pools, jobs], clearLeftovers(machine, journal, agentLog))
  return {
    machine,
    journal,
    runner,
    mounts,
    pools,
    doors,
    files: new PoolFiles({ pools, doors, log: agentLog }),
    jobs,
    log,
    async close() {
      mounts.stop()
      pools.stop()
      jobs.stop()
      await runner.stop()
      await machine.close()
      journal.close()
    },
  }
}

const quiet = { log: () => undefined }

/** The mount of a pool, of the directory `base/data`. */
export function poolMount(base: string, more: Partial<WireMount> = {}): WireMount {
  return bindMount(base, 'pool', more)
}

/** What opens the pool in that mount. */
export function firstPool(base: string): PoolAsked[] {
  return [
    { verb: 'mount', mount: poolMount(base) },
    { verb: 'open', pool: wirePool(base), operationId: testId('operation', 'open') },
  ]
}

/** What opens a second pool, in the directory `base/other`. */
export function otherPool(base: string): PoolAsked[] {
  const config = { path: join(base, 'other') }
  const backend = { id: testId('backend', '2'), driver: 'local-dir', config, secrets: {} }
  const mount = bindMount(base, 'other', { backend })
  const pool = wirePool(base, { poolId: testId('pool', 'b'), backend, mountId: mount.mountId })
  return [
    { verb: 'mount', mount },
    { verb: 'open', pool, operationId: testId('operation', 'other') },
  ]
}

/** The pool in that mount. */
export function wirePool(base: string, more: Partial<WirePool> = {}): WirePool {
  const { mountId, backend } = poolMount(base)
  return {
    poolId: testId('pool', 'a'),
    backend,
    engine: 'image-files',
    settings: {},
    mountId,
    isNew: true,
    isKeeper: true,
    ...more,
  }
}

const LUN: WireBackend = {
  id: testId('backend', 'lun'),
  driver: 'iscsi-lvm',
  config: { portal: '192.0.2.40:3260', target: 'iqn.2024-05.net.example:san' },
  secrets: {},
}

/** What opens a pool of thin volumes on a LUN. */
export function thinPool(base: string): PoolAsked[] {
  const pool = wirePool(base, { backend: LUN, engine: 'lvm', settings: { mode: 'thin' }, mountId: null })
  return [{ verb: 'open', pool, operationId: testId('operation', 'open') }]
}

const CLUSTER: WireBackend = {
  id: testId('backend', 'ceph'),
  driver: 'ceph-rbd',
  config: { monitors: '192.0.2.61', pool: 'rbd' },
  secrets: {},
}

/** What opens a pool of images of Ceph. */
export function cephPool(base: string): PoolAsked[] {
  const pool = wirePool(base, { backend: CLUSTER, engine: 'rbd', mountId: null })
  return [{ verb: 'open', pool, operationId: testId('operation', 'open') }]
}

/** The cluster of that pool. */
export function clusterOf({ place, host }: Omit<FakeStorage, 'backendId'>): FakeStorage {
  return { backendId: CLUSTER.id, place, host }
}

/** The LUN of that pool, as a host sees it whose volume group this is. */
export function lunOf({ place, host }: Omit<FakeStorage, 'backendId'>): FakeStorage {
  return { backendId: LUN.id, place, host }
}

/** What an agent is asked, on the command line of a process and in a test alike. */
export type PoolAsked =
  | { verb: 'mount'; mount: WireMount; generation?: number }
  | { verb: 'open'; pool: WirePool; operationId: string; generation?: number }
  | { verb: 'close'; pool: WirePool; forGood: boolean; operationId: string; generation?: number }
  | { verb: 'work'; poolId: string; volumeId: string; work: VolumeWork; operationId: string; backend?: WireBackend }
  | { verb: 'settle' }

export async function ask(host: PoolHost, asked: PoolAsked): Promise<unknown> {
  const now = performance.now()
  switch (asked.verb) {
    case 'mount': {
      const { mount, generation = 1 } = asked
      return host.mounts.apply(envelope(mount.mountId, { generation }), now, mount, quiet)
    }
    case 'open': {
      const { pool, operationId, generation = 1 } = asked
      return host.pools.open(envelope(pool.poolId, { operationId, generation }), now, pool, quiet)
    }
    case 'close': {
      const { pool, forGood, operationId, generation = 2 } = asked
      return host.pools.close(envelope(pool.poolId, { operationId, generation }), now, { pool, forGood }, quiet)
    }
    case 'work': {
      const { poolId, volumeId, work, operationId, backend } = asked
      const command = envelope(volumeId, { operationId })
      const request = { poolId, volumeId, work, ...(backend === undefined ? {} : { backend }) }
      return host.jobs.start('workOnVolume', command, now, request)
    }
    case 'settle':
      return null
  }
}

/** The job when it has ended. */
export async function ended(host: PoolHost, operationId: string): Promise<ObservedJob> {
  for (;;) {
    const job = host.jobs.find(operationId)
    if (job !== null && job.endedAt !== null) return job
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
