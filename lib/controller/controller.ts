import { hostname } from 'node:os'
import { AgentClient } from '@/lib/agent-client/client'
import { agentPackage } from '@/lib/controller/fleet/agent-package'
import { type EnrolmentParts, type FleetPort, openFleetPort } from '@/lib/controller/fleet/enrolment'
import { type FleetCa, type KeyPair, openFleetCa } from '@/lib/controller/fleet/fleet-ca'
import { HostCare } from '@/lib/controller/fleet/host-care'
import { type DirectoryHost, HostDirectory } from '@/lib/controller/fleet/host-directory'
import { HostHealth } from '@/lib/controller/fleet/host-health'
import { Sweep, type SweepSettings } from '@/lib/controller/fleet/sweep'
import { Watch } from '@/lib/controller/fleet/watch'
import { type BindParts, bindSecrets } from '@/lib/controller/keys/bind-secrets'
import { openSealingKeys, type SealingKeys } from '@/lib/controller/keys/sealing-keys'
import { Epoch, type EpochParts, type EpochSettings } from '@/lib/controller/leadership/epoch'
import { Leadership, type LeadershipSettings } from '@/lib/controller/leadership/leadership'
import { OperationRunner, type RunnerSettings } from '@/lib/controller/operations/runner'
import { BackendStatus } from '@/lib/controller/resources/connections/backend-status'
import { Connections } from '@/lib/controller/resources/connections/connections'
import { findHostsOfBackend } from '@/lib/controller/resources/connections/connections-repository'
import { MountCommands } from '@/lib/controller/resources/mounts/mount-commands'
import { dropOrphanedTombstones, findHostsOf } from '@/lib/controller/resources/mounts/mounts-repository'
import { Observations } from '@/lib/controller/resources/observations'
import { Reconciler, type ReconcilerSettings } from '@/lib/controller/resources/reconcile'
import { prune, publishFacts, readSetting, sealingKeysInUse } from '@/lib/controller/settings-repository'
import type { Database } from '@/lib/db/client'
import type { Bus } from '@/lib/events/bus'
import type { ChangeEvent } from '@/lib/events/schema'
import type { Log } from '@/lib/log'

export interface ControllerSettings {
  controllerDir: string
  fleetHost: string
  fleetPort: number
  fleetUrl: string
  agentDirectory: string
  sweep?: Partial<SweepSettings>
  runner?: Partial<RunnerSettings>
  reconciler?: Partial<ReconcilerSettings>
  leadership?: Partial<LeadershipSettings>
  epoch?: Partial<EpochSettings>
  /** News may be lost; the list of hosts is read again this often, so that a revocation holds within a minute in any case. */
  directoryMs?: number
}

export interface ControllerParts {
  database: Database
  bus: Bus
  log: Log
  audit: EnrolmentParts['audit']
  auditBound: BindParts['audit']
  /** Of what the controller found out or did by itself. */
  auditOwn: EpochParts['audit']
}

const DIRECTORY_MS = 20_000
const CERTIFICATE_CHECK_MS = 60 * 60_000
const PRUNE_MS = 60 * 60_000
const OPERATION_DAYS = 30
const STOP_GRACE_MS = 5_000

/** Half of its life is over. */
function isDue(pair: KeyPair): boolean {
  return pair.notAfter.getTime() - Date.now() < 3.5 * 86_400_000
}

/** The controller, put together. `start` returns when hosts can enrol and operations are being taken. */
export class Controller {
  readonly #parts: ControllerParts
  readonly #settings: ControllerSettings
  readonly #timers: NodeJS.Timeout[] = []
  readonly #subscriptions: (() => void)[] = []
  #isPublishing = false
  readonly bus: Bus
  readonly ca: FleetCa
  readonly client: AgentClient
  readonly directory: HostDirectory
  readonly leadership: Leadership
  readonly epoch: Epoch
  readonly observations: Observations
  readonly connections: Connections
  readonly health: HostHealth
  readonly sweep: Sweep
  readonly watch: Watch
  readonly runner: OperationRunner
  readonly reconciler: Reconciler
  readonly care: HostCare
  readonly backendStatus: BackendStatus
  #clientPair: KeyPair
  #portPair: KeyPair
  #port: FleetPort | undefined

  /** Opens keys and certificates; nothing listens or runs yet. */
  static async create(parts: ControllerParts, settings: ControllerSettings): Promise<Controller> {
    const { prisma } = parts.database
    const known = await readSetting(prisma, 'installation_id')
    const ca = await openFleetCa(
      settings.controllerDir,
      typeof known === 'string' ? { expectedInstallation: known } : {},
    )
    const keys = await openSealingKeys(settings.controllerDir, await sealingKeysInUse(prisma))
    if (keys.binding) await bindSecrets({ prisma, log: parts.log, audit: parts.auditBound }, keys.binding)
    await publishFacts(prisma, {
      installation_id: ca.installationId,
      sealing_public_key: JSON.parse(JSON.stringify(keys.publicJwk)),
      ca_fingerprint: ca.fingerprint,
      fleet_url: settings.fleetUrl,
      agent_package: agentPackage(settings.agentDirectory),
    })
    const clientPair = await ca.issueController()
    const portPair = await ca.issueFleetPort(fleetNames(settings))
    return new Controller(parts, settings, ca, keys, clientPair, portPair)
  }

  private constructor(
    parts: ControllerParts,
    settings: ControllerSettings,
    ca: FleetCa,
    keys: SealingKeys,
    clientPair: KeyPair,
    portPair: KeyPair,
  ) {
    this.#parts = parts
    this.#settings = settings
    this.ca = ca
    this.#clientPair = clientPair
    this.#portPair = portPair
    const { log } = parts
    const { prisma, provider } = parts.database
    const isShared = provider === 'postgresql'
    const holder = isShared ? `${hostname()}:${process.pid}:${crypto.randomUUID().slice(0, 8)}` : settings.controllerDir
    this.bus = this.#ownBus(parts.bus)
    const { bus } = this

    this.client = new AgentClient(this.#identity())
    this.leadership = new Leadership({ prisma, holder, isShared, log }, settings.leadership)
    const owns = (hostId: string) => this.leadership.owns(hostId)
    const isLeader = () => this.leadership.isLeader()
    const fence = (hostId: string) => this.epoch.fence(hostId)
    this.directory = new HostDirectory(prisma, owns)
    this.backendStatus = new BackendStatus(prisma, bus, log)
    this.observations = new Observations(prisma, bus, log, {
      onBackendsChanged: (ids) => this.backendStatus.changed(ids),
      onMountsChanged: (ids) => {
        for (const hostId of ids) this.#hostNeedsLook(hostId)
      },
    })
    const { client, directory, observations } = this
    this.epoch = new Epoch(
      {
        prisma,
        bus,
        client,
        directory,
        leadership: this.leadership,
        log,
        audit: parts.auditOwn,
        onFollowed: () => this.reconciler.allAreBack(),
      },
      settings.epoch,
    )
    this.connections = new Connections({
      prisma,
      bus,
      client,
      directory,
      log,
      fence,
      open: keys.open,
      poke: (hostId, delayMs) => this.#hostNeedsLook(hostId, delayMs),
    })
    const { connections } = this
    this.health = new HostHealth(directory, observations)
    this.sweep = new Sweep(
      { client, directory, health: this.health, observations, connections, log, owns },
      settings.sweep,
    )
    this.watch = new Watch({
      client,
      observations,
      connections,
      log,
      onLost: (host) => void this.sweep.chase(host),
      onNews: (hostId) => this.#hostNeedsLook(hostId),
    })
    this.care = new HostCare({ prisma, bus, client, directory, ca, log, owns })
    const mounts = new MountCommands({ prisma, client, directory, observations, fence, open: keys.open })
    this.reconciler = new Reconciler(
      { prisma, bus, directory, mounts, connections, log, isLeader, isHeld: () => this.epoch.isHeld() },
      settings.reconciler,
    )
    this.runner = new OperationRunner(
      {
        prisma,
        bus,
        client,
        directory,
        mounts,
        connections,
        log,
        controllerId: holder,
        open: keys.open,
        fence,
        isLeader,
        refreshHost: (hostId) => this.#refreshHost(hostId),
        onEnded: (hostIds) => {
          for (const hostId of hostIds) this.reconciler.poke(hostId)
        },
      },
      settings.runner,
    )
  }

  get fleetPort(): number {
    return this.#port?.port ?? this.#settings.fleetPort
  }

  async start(): Promise<void> {
    const { database, log } = this.#parts
    this.directory.observe({
      onAdded: (host) => {
        this.client.admit(host.hostId)
        if (this.leadership.owns(host.hostId)) void this.sweep.chase(host)
      },
      onRemoved: (hostId) => this.#cutOff(hostId),
    })
    this.health.observe({
      onUp: (host, { restarted }) => this.#cameUp(host, restarted),
      onDown: (host) => this.watch.unfollow(host.hostId),
    })
    this.leadership.observe({
      onGained: () => {
        this.epoch.begin()
        void this.runner.takeOver()
        void this.reconciler.settle()
        this.reconciler.pokeAll()
      },
      onLost: () => this.runner.interrupt(),
    })
    this.#subscriptions.push(this.bus.subscribe((event) => this.#hear(event)))
    await Promise.all([this.observations.load(), this.directory.refresh()])
    await this.leadership.start()
    this.#port = await openFleetPort(
      {
        prisma: database.prisma,
        ca: this.ca,
        log,
        agentDirectory: this.#settings.agentDirectory,
        audit: this.#parts.audit,
        onEnrolled: (hostId) => void this.#enrolled(hostId),
      },
      { host: this.#settings.fleetHost, port: this.#settings.fleetPort },
      this.#portPair,
    )
    this.runner.start()
    this.epoch.start()
    this.reconciler.start()
    this.care.start()
    this.sweep.start()
    this.#every(this.#settings.directoryMs ?? DIRECTORY_MS, () => this.directory.refresh())
    this.#every(CERTIFICATE_CHECK_MS, () => this.renewOwnCertificates())
    this.#every(PRUNE_MS, () => this.prune())
  }

  /** Finishes or hands back what is under way, gives the leases back, closes every connection. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    for (const unsubscribe of this.#subscriptions) unsubscribe()
    this.sweep.stop()
    this.watch.stop()
    this.epoch.stop()
    this.care.stop()
    this.reconciler.stop()
    await this.#port?.close()
    await this.runner.stop(STOP_GRACE_MS)
    this.client.close()
    await this.observations.flush()
    this.backendStatus.stop()
    await this.leadership.stop()
  }

  /** New certificates of its own when half of their life is over, or at once. */
  async renewOwnCertificates(force = false): Promise<void> {
    if (force || isDue(this.#clientPair)) {
      this.#clientPair = await this.ca.issueController()
      this.client.replaceIdentity(this.#identity())
    }
    if (force || isDue(this.#portPair)) {
      this.#portPair = await this.ca.issueFleetPort(fleetNames(this.#settings))
      this.#port?.replaceCertificate(this.#portPair)
    }
  }

  async prune(): Promise<void> {
    if (!this.leadership.isLeader()) return
    const { prisma } = this.#parts.database
    const removed = await prune(prisma, new Date(), OPERATION_DAYS)
    removed.mounts = await dropOrphanedTombstones(prisma)
    if (Object.values(removed).some((count) => count > 0)) this.#parts.log.info('old rows were removed', removed)
  }

  #identity() {
    const { key, certificate } = this.#clientPair
    return { installationId: this.ca.installationId, authorities: this.ca.authorities, key, certificate }
  }

  #every(ms: number, work: () => Promise<void>): void {
    const run = () => {
      work().catch((error: unknown) => this.#parts.log.error('periodic work failed', { error }))
    }
    this.#timers.push(setInterval(run, ms))
  }

  /** The bus, with this process's own news kept apart from those of others. */
  #ownBus(bus: Bus): Bus {
    return {
      ...bus,
      publish: (event) => {
        this.#isPublishing = true
        try {
          bus.publish(event)
        } finally {
          this.#isPublishing = false
        }
      },
    }
  }

  #hear(event: ChangeEvent): void {
    if (this.#isPublishing) return
    if (event.topic === 'host') {
      void this.#refreshDirectory()
      if (event.kind === 'wanted' && this.leadership.isLeader()) this.#isBack(event.id)
    } else if (event.topic === 'mount' && event.kind === 'wanted' && this.leadership.isLeader()) {
      void this.#pokeHosts(findHostsOf(this.#parts.database.prisma, event.id))
    } else if (event.topic === 'backend' && event.kind === 'wanted' && this.leadership.isLeader()) {
      void this.#pokeHosts(findHostsOfBackend(this.#parts.database.prisma, event.id))
    } else if (event.topic === 'setting' && event.kind === 'wanted' && this.leadership.isLeader()) {
      void this.epoch.confirmed()
    }
  }

  async #refreshDirectory(): Promise<void> {
    await this.directory
      .refresh()
      .catch((error) => this.#parts.log.error('the list of hosts could not be read', { error }))
  }

  async #pokeHosts(hostIds: Promise<string[]>): Promise<void> {
    try {
      // The operation that comes with it goes first.
      for (const hostId of await hostIds) this.reconciler.poke(hostId, 1_000)
    } catch (error) {
      this.#parts.log.error('the hosts of a change could not be read', { error })
    }
  }

  #cameUp(host: DirectoryHost, restarted: boolean): void {
    this.#parts.log.info(restarted ? 'an agent was restarted' : 'a host is online', { hostId: host.hostId })
    this.watch.follow(host)
    this.care.cameUp(host)
    if (restarted) this.reconciler.restarted(host.hostId)
    if (this.leadership.isLeader()) this.#isBack(host.hostId)
    else this.bus.publish({ topic: 'host', id: host.hostId, kind: 'wanted' })
  }

  #isBack(hostId: string): void {
    this.epoch.cameUp(hostId)
    this.reconciler.isBack(hostId)
  }

  #hostNeedsLook(hostId: string, delayMs?: number): void {
    if (this.leadership.isLeader()) this.reconciler.poke(hostId, delayMs)
    else this.bus.publish({ topic: 'host', id: hostId, kind: 'wanted' })
  }

  #cutOff(hostId: string): void {
    this.watch.unfollow(hostId)
    this.client.disconnect(hostId)
    this.health.forget(hostId)
    this.epoch.forget(hostId)
    if (!this.directory.get(hostId)) this.observations.forgetHost(hostId)
    this.connections.forgetHost(hostId)
  }

  async #enrolled(hostId: string): Promise<void> {
    this.bus.publish({ topic: 'host', id: hostId, kind: 'changed' })
    await this.#refreshDirectory()
  }

  async #refreshHost(hostId: string): Promise<void> {
    const host = this.directory.require(hostId)
    await this.care.refreshInfo(host)
    this.client.forgetStatus(hostId)
    await this.sweep.ask(host)
  }
}

/** Names under which hosts call the fleet port. */
function fleetNames({ fleetUrl, fleetHost }: ControllerSettings): string[] {
  const names = [new URL(fleetUrl).hostname.replace(/^\[|\]$/g, ''), 'localhost', '127.0.0.1']
  if (fleetHost !== '0.0.0.0' && fleetHost !== '::') names.push(fleetHost)
  else names.push(hostname())
  return names
}
