import { hostname } from 'node:os'
import { AgentClient } from '@/lib/agent-client/client'
import { CleanUp } from '@/lib/controller/clean-up'
import type { ControllerSettings } from '@/lib/controller/controller-settings'
import { agentPackage } from '@/lib/controller/fleet/agent-package'
import { type EnrolmentParts, type FleetPort, openFleetPort } from '@/lib/controller/fleet/enrolment'
import { type FleetCa, openFleetCa } from '@/lib/controller/fleet/fleet-ca'
import { HostCare } from '@/lib/controller/fleet/host-care'
import { type DirectoryHost, HostDirectory } from '@/lib/controller/fleet/host-directory'
import { HostHealth } from '@/lib/controller/fleet/host-health'
import { forgetOnline } from '@/lib/controller/fleet/hosts-repository'
import { MEASURING_MS, tellMeasuring } from '@/lib/controller/fleet/measuring'
import { Sweep } from '@/lib/controller/fleet/sweep'
import { Watch } from '@/lib/controller/fleet/watch'
import { JobNews } from '@/lib/controller/jobs/job-news'
import { type BindParts, bindSecrets } from '@/lib/controller/keys/bind-secrets'
import { OwnCertificates } from '@/lib/controller/keys/own-certificates'
import { openSealingKeys, type SealingKeys } from '@/lib/controller/keys/sealing-keys'
import { Epoch, type EpochParts } from '@/lib/controller/leadership/epoch'
import { Leadership } from '@/lib/controller/leadership/leadership'
import { AlertCare } from '@/lib/controller/monitoring/alert-care'
import { Histories } from '@/lib/controller/monitoring/histories'
import { ReachCare } from '@/lib/controller/monitoring/reach-care'
import { RepositoryCare } from '@/lib/controller/monitoring/repository-care'
import { News } from '@/lib/controller/news'
import type { Deliveries } from '@/lib/controller/notifiers/deliveries'
import type { Heartbeat } from '@/lib/controller/notifiers/heartbeat'
import { openMessages } from '@/lib/controller/notifiers/messages'
import { OperationRunner } from '@/lib/controller/operations/runner'
import { type OwnBus, ownBus } from '@/lib/controller/own-bus'
import { PoolCare } from '@/lib/controller/pools/pool-care'
import { ControllerPulse } from '@/lib/controller/pulse'
import { openRelay, type Relay } from '@/lib/controller/relay/relay'
import { BackendStatus } from '@/lib/controller/resources/backend-status'
import { ResourceCommands } from '@/lib/controller/resources/commands'
import type { ResourceKind } from '@/lib/controller/resources/kind'
import { ResourceKinds } from '@/lib/controller/resources/kinds'
import { Observations } from '@/lib/controller/resources/observations'
import { Reconciler } from '@/lib/controller/resources/reconcile'
import { type KindParts, resourceKinds } from '@/lib/controller/resources/registry'
import { toldWorkloads } from '@/lib/controller/resources/workloads/told'
import { publishFacts, readSetting, sealingKeysInUse } from '@/lib/controller/settings-repository'
import { unwell } from '@/lib/controller/vitals'
import type { Database } from '@/lib/db/client'
import type { Bus } from '@/lib/events/bus'
import type { Log } from '@/lib/log'
import manifest from '@/package.json' with { type: 'json' }

export interface ControllerParts {
  database: Database
  bus: Bus
  log: Log
  audit: EnrolmentParts['audit']
  auditBound: BindParts['audit']
  /** Of what the controller found out or did by itself. */
  auditOwn: EpochParts['audit']
  /** Default: those of the registry. */
  kinds?: (parts: KindParts) => readonly ResourceKind[]
}

const DIRECTORY_MS = 20_000
/** Other controllers write twice in this time that a host answers. */
const HEARD_BY_OTHERS_MS = 90_000
const CERTIFICATE_CHECK_MS = 60 * 60_000
const STOP_GRACE_MS = 5_000

/** The controller, put together. `start` returns when hosts can enrol and operations are being taken. */
export class Controller {
  readonly #parts: ControllerParts
  readonly #settings: ControllerSettings
  readonly #timers: NodeJS.Timeout[] = []
  readonly #subscriptions: (() => void)[] = []
  readonly #certificates: OwnCertificates
  readonly #news: News
  readonly bus: OwnBus
  readonly ca: FleetCa
  readonly client: AgentClient
  readonly directory: HostDirectory
  readonly leadership: Leadership
  readonly epoch: Epoch
  readonly kinds: ResourceKinds
  readonly observations: Observations
  readonly health: HostHealth
  readonly sweep: Sweep
  readonly watch: Watch
  readonly runner: OperationRunner
  readonly reconciler: Reconciler
  readonly care: HostCare
  readonly poolCare: PoolCare
  readonly histories: Histories
  readonly cleanUp: CleanUp
  readonly alertCare: AlertCare
  readonly reachCare: ReachCare
  readonly repositoryCare: RepositoryCare
  readonly deliveries: Deliveries
  readonly heartbeat: Heartbeat
  readonly backendStatus: BackendStatus
  readonly pulse: ControllerPulse
  #port: FleetPort | undefined
  #relay: Relay | undefined

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
      fleet_authorities: ca.authorities,
      fleet_url: settings.fleetUrl,
      agent_package: agentPackage(settings.agentDirectory),
    })
    return new Controller(parts, settings, ca, keys, await OwnCertificates.issue(ca, settings))
  }

  private constructor(
    parts: ControllerParts,
    settings: ControllerSettings,
    ca: FleetCa,
    keys: SealingKeys,
    certificates: OwnCertificates,
  ) {
    this.#parts = parts
    this.#settings = settings
    this.ca = ca
    this.#certificates = certificates
    const { log } = parts
    const { prisma, provider } = parts.database
    const isShared = provider === 'postgresql'
    const holder = isShared ? `${hostname()}:${process.pid}:${crypto.randomUUID().slice(0, 8)}` : settings.controllerDir
    const bus = ownBus(parts.bus)
    const client = new AgentClient(certificates.identity)
    const leadership = new Leadership({ prisma, holder, isShared, log }, settings.leadership)
    const owns = (hostId: string) => leadership.owns(hostId)
    const isLeader = () => leadership.isLeader()
    const directory = new HostDirectory(prisma, owns)
    const backendStatus = new BackendStatus(prisma, bus, log)
    const kinds = new ResourceKinds(
      (parts.kinds ?? resourceKinds)({ prisma, open: keys.open, onStored: (ids) => backendStatus.mountsChanged(ids) }),
    )
    const needsLook = (hostId: string) => this.#news.hostNeedsLook(hostId)
    const onStored = (hostIds: ReadonlySet<string>) => {
      for (const hostId of hostIds) needsLook(hostId)
    }
    const observations = new Observations({ prisma, bus, log, kinds, told: [toldWorkloads], onStored })
    const onFollowed = () => this.reconciler.allAreBack()
    const epoch = new Epoch(
      { prisma, bus, client, directory, leadership, kinds, log, audit: parts.auditOwn, onFollowed },
      settings.epoch,
    )
    const fence = (hostId: string) => epoch.fence(hostId)
    const commands = new ResourceCommands({ prisma, client, directory, kinds, observations, fence })
    this.bus = bus
    this.client = client
    this.leadership = leadership
    this.directory = directory
    this.backendStatus = backendStatus
    this.kinds = kinds
    this.observations = observations
    this.epoch = epoch
    const jobs = new JobNews()
    this.health = new HostHealth(directory, observations)
    this.sweep = new Sweep({ client, directory, health: this.health, observations, jobs, log, owns }, settings.sweep)
    this.watch = new Watch({
      client,
      observations,
      jobs,
      log,
      onLost: (host) => void this.sweep.chase(host),
      onNews: needsLook,
    })
    this.care = new HostCare({ prisma, bus, client, directory, ca, log, owns })
    this.reconciler = new Reconciler(
      { prisma, bus, directory, kinds, commands, log, isLeader, isHeld: () => epoch.isHeld() },
      settings.reconciler,
    )
    const isHeld = () => epoch.isHeld()
    const poke = (hostId: string) => this.reconciler.poke(hostId)
    this.poolCare = new PoolCare(
      { prisma, bus, client, directory, fence, log, observations, audit: parts.auditOwn, isLeader, isHeld, poke },
      settings.pools,
    )
    this.histories = new Histories({ prisma, log, isLeader }, settings)
    this.cleanUp = new CleanUp({ prisma, kinds, histories: this.histories, log, audit: parts.auditOwn, isLeader })
    const startedAt = new Date()
    const vitals = () => ({ startedAt, lastRound: this.sweep.lastRound, lastLook: this.alertCare.lastLook })
    const { deliveries, heartbeat } = openMessages(
      { prisma, bus, log, keys, installation: ca.installationId, isLeader, unwell: (now) => unwell(vitals(), now) },
      settings,
    )
    this.deliveries = deliveries
    this.heartbeat = heartbeat
    const onQueued = () => this.deliveries.poke()
    this.alertCare = new AlertCare({ prisma, bus, log, isLeader, onQueued }, settings.alerts)
    this.repositoryCare = new RepositoryCare({ prisma, bus, log, isLeader })
    this.reachCare = new ReachCare(
      { prisma, bus, client, directory, log, open: keys.open, isLeader, isHeld },
      settings.reach,
    )
    this.#news = new News({ prisma, bus, directory, kinds, epoch, reconciler: this.reconciler, log, isLeader })
    this.pulse = new ControllerPulse({
      prisma,
      holder,
      version: manifest.version,
      log,
      facts: () => this.#pulseFacts(keys),
    })
    this.runner = new OperationRunner(
      {
        prisma,
        bus,
        client,
        directory,
        kinds,
        commands,
        jobs,
        log,
        controllerId: holder,
        open: keys.open,
        openFor: keys.openFor,
        fence,
        isLeader,
        refreshHost: (hostId) => this.#refreshHost(hostId),
        agentPackage: () => agentPackage(settings.agentDirectory),
        onEnded: (hostIds) => {
          for (const hostId of hostIds) this.reconciler.poke(hostId)
        },
      },
      settings.runner,
    )
  }

  /** What the web process shows of this controller. */
  #pulseFacts(keys: SealingKeys): ReturnType<ConstructorParameters<typeof ControllerPulse>[0]['facts']> {
    const { lastRound } = this.sweep
    const { client, port } = this.#certificates.notAfter
    return {
      is_leader: this.leadership.isLeader(),
      ended: this.runner.ended,
      sweep: lastRound && {
        at: lastRound.at.toISOString(),
        asked: lastRound.asked,
        answered: lastRound.answered,
        duration_ms: Math.round(lastRound.durationMs),
        every_ms: lastRound.intervalMs,
      },
      certificates: {
        authority: this.ca.notAfter.toISOString(),
        controller: client.toISOString(),
        fleet_port: port.toISOString(),
      },
      sealing_keys: [...keys.keyIds],
      ...(this.#relay === undefined ? {} : { relay: this.#relay.url }),
    }
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
    this.#subscriptions.push(this.bus.subscribeToOthers((event) => this.#news.hear(event)))
    this.#subscriptions.push(this.backendStatus.follow())
    await forgetOnline(
      database.prisma,
      new Date(Date.now() - (database.provider === 'postgresql' ? HEARD_BY_OTHERS_MS : 0)),
    )
    await Promise.all([this.observations.load(), this.directory.refresh()])
    await this.leadership.start()
    this.#port = await openFleetPort(
      {
        prisma: database.prisma,
        ca: this.ca,
        log,
        agentDirectory: this.#settings.agentDirectory,
        audit: this.#parts.audit,
        onEnrolled: (hostId) => void this.#news.enrolled(hostId),
      },
      { host: this.#settings.fleetHost, port: this.#settings.fleetPort },
      this.#certificates.port,
    )
    const { prisma } = database
    this.#relay = await openRelay(
      { prisma, client: this.client, directory: this.directory, log, audit: this.#parts.auditOwn },
      this.#settings.relay ?? { host: '127.0.0.1', port: 0 },
      this.#certificates.port,
    )
    this.runner.start()
    this.epoch.start()
    this.reconciler.start()
    this.care.start()
    this.poolCare.start()
    this.histories.start()
    this.cleanUp.start()
    this.alertCare.start()
    this.reachCare.start()
    this.repositoryCare.start()
    this.deliveries.start()
    this.heartbeat.start()
    await tellMeasuring(prisma, this.client)
    this.#every(MEASURING_MS, () => tellMeasuring(prisma, this.client))
    this.sweep.start()
    this.pulse.start()
    this.#every(this.#settings.directoryMs ?? DIRECTORY_MS, () => this.directory.refresh())
    this.#every(CERTIFICATE_CHECK_MS, () => this.renewOwnCertificates())
  }

  /** Finishes or hands back what is under way, gives the leases back, closes every connection. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    for (const unsubscribe of this.#subscriptions) unsubscribe()
    this.sweep.stop()
    this.watch.stop()
    this.epoch.stop()
    this.care.stop()
    await this.poolCare.stop()
    await this.cleanUp.stop()
    await this.histories.stop()
    await this.alertCare.stop()
    await this.reachCare.stop()
    await this.repositoryCare.stop()
    await this.deliveries.stop()
    await this.heartbeat.stop()
    this.reconciler.stop()
    await this.#port?.close()
    await this.#relay?.close()
    await this.runner.stop(STOP_GRACE_MS)
    this.client.close()
    await this.observations.flush()
    this.backendStatus.stop()
    await this.pulse.stop()
    await this.leadership.stop()
  }

  /** New certificates of its own when half of their life is over, or at once. */
  async renewOwnCertificates(force = false): Promise<void> {
    const renewed = await this.#certificates.renew(force)
    if (renewed.client) this.client.replaceIdentity(this.#certificates.identity)
    if (!renewed.port) return
    this.#port?.replaceCertificate(this.#certificates.port)
    this.#relay?.replaceCertificate(this.#certificates.port)
  }

  #every(ms: number, work: () => Promise<void>): void {
    const run = () => {
      work().catch((error: unknown) => this.#parts.log.error('periodic work failed', { error }))
    }
    this.#timers.push(setInterval(run, ms))
  }

  #cameUp(host: DirectoryHost, restarted: boolean): void {
    this.#parts.log.info(restarted ? 'an agent was restarted' : 'a host is online', { hostId: host.hostId })
    this.watch.follow(host)
    this.care.cameUp(host)
    if (restarted) this.reconciler.restarted(host.hostId)
    this.#news.cameUp(host.hostId)
  }

  #cutOff(hostId: string): void {
    this.watch.unfollow(hostId)
    this.client.disconnect(hostId)
    this.health.forget(hostId)
    this.epoch.forget(hostId)
    if (!this.directory.get(hostId)) this.observations.forgetHost(hostId)
  }

  async #refreshHost(hostId: string): Promise<void> {
    const host = this.directory.require(hostId)
    await this.care.refreshInfo(host)
    this.client.forgetStatus(hostId)
    await this.sweep.ask(host)
  }
}
