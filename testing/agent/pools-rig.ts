import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { CommandRunner } from '@/agent/commands/runner'
import { engineHost } from '@/agent/host/engine-host'
import { Runner } from '@/agent/host/exec/run'
import { Journal } from '@/agent/journal/journal'
import type { CephSecrets } from '@/agent/libvirt/ceph-secrets'
import { createPolicy, parsePolicy } from '@/agent/policy/policy'
import { Ground } from '@/agent/resources/pools/ground'
import { KeeperLeases } from '@/agent/resources/pools/keeper-leases'
import { PoolManager } from '@/agent/resources/pools/manager'
import { PoolDoors } from '@/agent/resources/pools/pool-doors'
import type { PoolTiming } from '@/agent/resources/pools/watch'
import { VolumeHolds } from '@/agent/resources/volumes/holds'
import type { CommandEnvelope, ObservedMount } from '@/lib/agent-protocol/messages'
import type { ObservedPool, ObservedVolume, WirePool } from '@/lib/agent-protocol/pools'
import { createLog } from '@/lib/log'
import { envelope } from '@/testing/agent/mount-host'
import { observed } from '@/testing/agent/verbs-rig'
import { FakeHost } from '@/testing/drivers/fake-host'
import { testId } from '@/testing/ids'
import { noFaults, type ToyFaults, toyEngine } from '@/testing/volume-engines/toy-engine'

const NO_LIBVIRT: CephSecrets = { isThere: () => false, keep: async () => '', drop: async () => undefined }
const quiet = { log: () => undefined }

/** The pools of an agent over a toy engine, with mounts that a test says. */
export class PoolsRig {
  directory = ''
  faults: ToyFaults = noFaults()
  mounts: ObservedMount[] = []
  told: { kind: 'pool' | 'volume'; changed: (ObservedPool | ObservedVolume)[]; gone: readonly string[] }[] = []
  policy: object = {}
  /** The libvirt of the next start: none. */
  secrets: CephSecrets = NO_LIBVIRT
  /** Of the next start. */
  timing: Partial<PoolTiming> = {}
  /** What the engine of the next start asks for its looks. */
  lookMs: number | undefined
  journal!: Journal
  runner!: CommandRunner
  holds!: VolumeHolds
  manager!: PoolManager
  leases!: KeeperLeases
  readonly #listeners = new Set<() => void>()

  begin(): void {
    this.directory = mkdtempSync(join(tmpdir(), 'holdfast-pools-'))
    mkdirSync(join(this.directory, 'pool'))
    this.faults = noFaults()
    this.policy = {}
    this.timing = {}
    this.lookMs = undefined
    this.secrets = NO_LIBVIRT
    this.mounts = [this.mount()]
    this.journal = Journal.open(this.directory)
    this.start()
  }

  start(): void {
    this.told = []
    const { journal } = this
    const log = createLog('agent', 'error', () => undefined)
    const policy = () => createPolicy(parsePolicy(JSON.stringify(this.policy), 'agent.json'))
    this.runner = new CommandRunner({ journal, log })
    const mounts = {
      list: () => this.mounts,
      subscribe: (onChange: (changed: readonly ObservedMount[], gone: readonly string[]) => void) => {
        const listener = () => onChange(this.mounts, [])
        this.#listeners.add(listener)
        return () => void this.#listeners.delete(listener)
      },
    }
    const ground = new Ground({ mounts, connections: { list: () => [], subscribe: () => () => undefined } })
    const { lookMs } = this
    const engine = { ...toyEngine(this.faults), ...(lookMs === undefined ? {} : { lookMs }) }
    this.leases = new KeeperLeases()
    const { leases } = this
    const doors = new PoolDoors({
      leases,
      policy,
      ground,
      engineFor: () => engine,
      engineHost: (door) => engineHost(door.host),
      open({ deadlineAt, signal }) {
        const runner = new Runner({ deadlineAt, signal })
        return { host: new FakeHost(testId('host', 'a')), runner, redactor: runner.redactor }
      },
    })
    this.holds = new VolumeHolds()
    const { runner, holds } = this
    const timing = { standingMs: 20, changedMs: 1, retryMs: [5], lookMs: 200, groundMs: 300, ...this.timing }
    const { secrets } = this
    const shared = { journal, runner, log, policy, doors, ground, holds }
    this.manager = PoolManager.start({ ...shared, secrets, leases, timing })
    this.manager.subscribe((changed, gone) => void this.told.push({ kind: 'pool', changed: [...changed], gone }))
    const { volumes } = this.manager
    volumes.subscribe((changed, gone) => void this.told.push({ kind: 'volume', changed: [...changed], gone }))
    this.runner.resume([this.manager], Promise.resolve())
  }

  async stop(): Promise<void> {
    this.manager.stop()
    this.#listeners.clear()
    await this.runner.stop()
  }

  /** The agent ends in the middle of whatever it does, and another one begins. */
  async replace(): Promise<void> {
    await this.stop()
    this.journal.close()
    this.journal = Journal.open(this.directory)
    this.start()
  }

  async end(): Promise<void> {
    await this.stop()
    this.journal.close()
    rmSync(this.directory, { recursive: true, force: true })
  }

  get place(): string {
    return join(this.directory, 'pool')
  }

  mount(change: Partial<ObservedMount> = {}): ObservedMount {
    return observed(testId('mount', '1'), { mountPoint: this.place, proven: true, ...change })
  }

  /** The mount under the pool is another now. */
  setMount(change: Partial<ObservedMount> | null): void {
    this.mounts = change === null ? [] : [this.mount(change)]
    for (const listener of this.#listeners) listener()
  }

  wire(change: Partial<WirePool> = {}): WirePool {
    return {
      poolId: testId('pool', '1'),
      backend: { id: testId('backend', '1'), driver: 'local-dir', config: { path: '/srv/pool' }, secrets: {} },
      engine: 'image-files',
      settings: {},
      mountId: testId('mount', '1'),
      isNew: true,
      isKeeper: true,
      ...change,
    }
  }

  open(change: Partial<CommandEnvelope> = {}, wire = this.wire()): Promise<ObservedPool> {
    return this.manager.open(envelope(wire.poolId, change), performance.now(), wire, quiet)
  }

  close(forGood: boolean, change: Partial<CommandEnvelope> = {}, pool = this.wire()) {
    const command = envelope(pool.poolId, { generation: 2, ...change })
    return this.manager.close(command, performance.now(), { pool, forGood }, quiet)
  }

  get pool(): ObservedPool | undefined {
    return this.manager.list()[0]
  }
}

export function setUpPools(): PoolsRig {
  const rig = new PoolsRig()
  beforeEach(() => rig.begin())
  afterEach(() => rig.end())
  return rig
}
