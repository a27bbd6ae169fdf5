import { createServer, type Server, type Socket } from 'node:net'
import { createCertificateRequest, createKey } from '@/agent/identity/certificate-request'
import { type ListedKind, listResources, versionsOf } from '@/agent/resources/listed-kind'
import type { Call, Handlers } from '@/agent/server/handlers'
import { type Listener, listen } from '@/agent/server/listener'
import { createRouter } from '@/agent/server/router'
import { createTunnelServer } from '@/agent/server/tunnels'
import { events } from '@/agent/verbs/events'
import { controllerIdentity } from '@/lib/agent-protocol/enrollment'
import type { Measuring } from '@/lib/agent-protocol/measuring'
import type { CommandEnvelope, HostInfo, ObservedMount } from '@/lib/agent-protocol/messages'
import type { VerbDeclaration } from '@/lib/agent-protocol/verb-declaration'
import { PROTOCOL_VERSION, VERBS, type VerbName } from '@/lib/agent-protocol/verbs'
import { HoldfastError } from '@/lib/errors'
import { createLog } from '@/lib/log'
import { type Fault, faultOf, misbehave } from '@/testing/agent-faults'
import { TEST_INSTALLATION } from '@/testing/certificates'
import { certificateFor, describeCertificate, type ShownCertificate } from '@/testing/fake-agent-certificates'
import { handlersOfProtocol1, OPERATIONS_OF_PROTOCOL_1, speakProtocol1 } from '@/testing/protocol-1'
import { type RecordedCall, recording } from '@/testing/recorded-calls'
import { SimulatedConnections } from '@/testing/simulated-connections'
import { SimulatedFiles } from '@/testing/simulated-files'
import { SimulatedJobs } from '@/testing/simulated-jobs'
import { simulatedType } from '@/testing/simulated-layers'
import { machineAnswers } from '@/testing/simulated-machines'
import { SimulatedMounts } from '@/testing/simulated-mounts'
import { poolAnswers } from '@/testing/simulated-pool-answers'
import { SimulatedPools } from '@/testing/simulated-pools'
import { SimulatedScreens } from '@/testing/simulated-screen'
import { SimulatedStorages } from '@/testing/simulated-storages'
import { testSimulated } from '@/testing/simulated-test'

export interface FakeAgentOptions extends ShownCertificate {
  port?: number
  info?: Partial<HostInfo>
  /** What its mounts lead to; hosts that share storages see the same faults. Default: healthy ones of its own. */
  storages?: SimulatedStorages
  /** In place of the simulated answers. */
  handlers?: Partial<Handlers>
  /** 1: as an agent of that protocol, which has neither lists by kind nor the verbs that came later. */
  protocol?: 1
  /** Besides: what an exporter on this host would say of its mounts, at /metrics. */
  exposition?: (mounts: readonly ObservedMount[]) => string
  /** Kinds of resource that only this host has, and the commands that serve them. */
  kinds?: readonly ListedKind[]
  verbs?: {
    operations: Readonly<Record<string, VerbDeclaration>>
    handlers: Readonly<Record<string, (request: never, call: Call) => Promise<unknown>>>
  }
}

export interface FakeAgent {
  hostId: string
  /** host:port */
  address: string
  port: number
  /** Oldest first. */
  calls: RecordedCall[]
  /** For every operation, or for one. Null: behaves. */
  setFault(fault: Fault | null, operation?: VerbName): void
  mounts(): ObservedMount[]
  /** How often it is to measure, as it was said last; null: nobody has said so. */
  measuring(): Measuring | null
  /** The host itself: what is mounted there, and what people do to it by hand. */
  simulated: SimulatedMounts
  simulatedConnections: SimulatedConnections
  simulatedJobs: SimulatedJobs
  simulatedPools: SimulatedPools
  simulatedFiles: SimulatedFiles
  simulatedScreens: SimulatedScreens
  /**
   * Nobody answers at its address any more; what is mounted stays so. `keepPort`: connections are cut instead of refused, so that
   * no other program can take the port meanwhile.
   */
  goOffline(options?: { keepPort?: boolean }): Promise<void>
  /** Answers again, at the same address. */
  comeBack(): Promise<void>
  /** Something happened on the host: changes the mount and tells open event streams. */
  change(mountId: string, change: Partial<ObservedMount>): void
  /** Certificate in use. */
  certificate(): string
  /** Open connections that have carried a request. */
  connections(): number
  /** Closes them all, as a host does with connections that have been idle for long. */
  cutConnections(): void
  stop(): Promise<void>
}

const SPEAKER = createLog('fake-agent', 'error', () => {})

/**
 * A simulated host: it speaks the real protocol over real mutual TLS with the real agent's server code, keeps its mounts in memory
 * and fails on demand. A thousand of them fit into one process. Tests, benchmarks and the demo use this one.
 */
export async function startFakeAgent(options: FakeAgentOptions): Promise<FakeAgent> {
  const installationId = options.installationId ?? TEST_INSTALLATION
  let installed = { agentVersion: '0.1.0', startedAt: new Date().toISOString() }
  const storages = options.storages ?? new SimulatedStorages()
  const calls: RecordedCall[] = []
  const faults = new Map<VerbName | 'all', Fault>()
  const stop = new AbortController()
  const sockets = new Set<Socket>()
  let shown = await certificateFor(options)
  let authorities = options.authority.certificate
  let pendingKey: string | null = null
  let highestFence = 0
  let measuring: Measuring | null = null
  const generations = new Map<string, number>()

  const simulated = new SimulatedMounts(options.hostId, storages)
  const simulatedConnections = new SimulatedConnections((backend) => storages.usageOf(backend, options.hostId))
  const simulatedJobs = new SimulatedJobs()
  const simulatedPools = new SimulatedPools(options.hostId, storages)
  const simulatedFiles = new SimulatedFiles(simulatedPools)
  const simulatedScreens = new SimulatedScreens()
  const kinds: readonly ListedKind[] = [
    simulated,
    simulatedConnections,
    simulatedPools,
    simulatedPools.volumes,
    ...(options.kinds ?? []),
  ]
  const forgetStorages = storages.observe((address) => simulated.lookAgain(address))

  /** By the rules of the real agent's journal. */
  function checkFreshness({ resourceId, fence, generation }: CommandEnvelope): void {
    if (fence < highestFence) {
      throw new HoldfastError('stale', 'Another controller has taken over this host since.', {
        details: { reason: 'fence', current: highestFence },
      })
    }
    const current = Math.max(generations.get(resourceId) ?? 0, simulated.generationOf(resourceId))
    if (generation < current) {
      throw new HoldfastError('stale', 'A newer change of this resource has been carried out on the host.', {
        details: { reason: 'generation', current },
      })
    }
    highestFence = fence
    generations.set(resourceId, generation)
  }

  const isMounted = (mountId: string) =>
    simulated.list().some((mount) => mount.mountId === mountId && mount.state === 'mounted')
  const placeOf = (mountId: string) => simulated.list().find((mount) => mount.mountId === mountId)?.mountPoint ?? '/mnt'
  const answers: Handlers = {
    info: async () => ({
      agentVersion: installed.agentVersion,
      canUpdate: true,
      protocolVersions: [PROTOCOL_VERSION],
      hostname: options.hostId,
      distribution: { id: 'debian', name: 'Debian GNU/Linux 12', version: '12' },
      kernel: '6.1.0',
      architecture: 'x64',
      privilege: 'root',
      systemd: true,
      guard: 'immutable',
      drivers: ['local-dir', 'nfs', 's3'],
      fileSystems: { nfs4: true, fuse: true },
      tools: [
        {
          command: 'mount.nfs',
          path: '/usr/sbin/mount.nfs',
          version: '2.6.2',
          package: 'nfs-common',
          neededBy: ['nfs'],
        },
      ],
      libvirt: { version: '9.0.0', qemu: '7.2.22', error: null },
      attachTargets: [
        { target: 'docker', version: '27.3.1', problem: null },
        { target: 'libvirt', version: '9.0.0', problem: null },
      ],
      policy: {
        mountRoots: ['/mnt', '/srv', '/media'],
        sourceRoots: ['/mnt', '/srv', '/media', '/home', '/data', '/opt'],
        drivers: null,
        networks: null,
      },
      certificate: describeCertificate(shown.certificate),
      startedAt: installed.startedAt,
      now: new Date().toISOString(),
      ...options.info,
    }),
    status: async (_request, call) => {
      measuring = call.measuring ?? measuring
      return {
        now: new Date().toISOString(),
        startedAt: installed.startedAt,
        resources: listResources(kinds, call.knownLists),
        versions: versionsOf(kinds),
        jobs: simulatedJobs.list(),
      }
    },
    standing: async () => ({
      fence: highestFence,
      generations: Object.fromEntries(generations),
      resources: listResources(kinds),
    }),
    listForeignMounts: async () => ({ mounts: [], fstab: [], problems: [] }),
    events: events({ kinds, jobs: simulatedJobs }),
    testBackend: ({ backend, readsOnly }, call) =>
      testSimulated(backend, { hostId: options.hostId, readsOnly, storages, step: call.step }),
    discover: async ({ backend, discovery }) => ({
      choices: (simulatedType(backend.driver).choices[discovery] ?? []).map((value) => ({ value })),
    }),
    async applyMount(command, call) {
      checkFreshness(command)
      return simulated.carryOut(command.mount, command.generation, call.log)
    },
    async removeMount(command, call) {
      checkFreshness(command)
      return { removed: await simulated.remove(command.mountId, command.abandon, call.log), mount: null }
    },
    async inspectMount({ mountId }) {
      const owner = { kind: 'docker', name: 'jellyfin' } as const
      const consumers = [{ pid: 812, name: 'ffmpeg', via: ['file' as const], files: 2, owner }]
      return { consumers: isMounted(mountId) ? consumers : [], truncated: false, partial: false }
    },
    usage: async ({ backend }) => storages.usageOf(backend, options.hostId),
    async connectBackend({ backend, ...command }, call) {
      checkFreshness(command)
      call.log(`Connecting ${backend.driver}`)
      return simulatedConnections.connect(backend, command.generation)
    },
    async disconnectBackend({ backend, ...command }, call) {
      checkFreshness(command)
      call.log(`Disconnecting ${backend.driver}`)
      simulatedConnections.disconnect(backend.id)
      return { disconnected: true }
    },
    async checkMount({ mountId, sizeBytes, ...command }) {
      if (simulatedJobs.find(command.operationId) === null) {
        checkFreshness({ ...command, resourceId: `check:${mountId}` })
        if (!isMounted(mountId)) throw new HoldfastError('conflict', 'It is not mounted now.')
      }
      return simulatedJobs.startCheck(command.operationId, sizeBytes)
    },
    ...poolAnswers({
      pools: simulatedPools,
      files: simulatedFiles,
      jobs: simulatedJobs,
      checkFreshness,
      isGroundThere: ({ mountId, backend }) =>
        mountId === null
          ? simulatedConnections.list().some(({ backendId }) => backendId === backend.id)
          : isMounted(mountId),
      placeOf,
    }),
    ...machineAnswers({ kinds, pools: simulatedPools, checkFreshness, placeOf }),
    cancelJob: async ({ operationId }) => ({ job: simulatedJobs.cancel(operationId) }),
    jobLog: async ({ operationId, after }) => simulatedJobs.log(operationId, after),
    async installTools({ commands, ...command }, call) {
      checkFreshness(command)
      call.log(`Installing ${commands.join(', ')}`)
      return {
        tools: commands.map((command) => ({
          command,
          path: `/usr/bin/${command}`,
          version: '1.0',
          package: command,
          neededBy: [],
        })),
      }
    },
    async updateAgent({ version, ...command }, call) {
      checkFreshness(command)
      call.log(`Installing version ${version}`)
      const { startedAt } = installed
      installed = { agentVersion: version, startedAt: new Date(Date.parse(startedAt) + 1_000).toISOString() }
      return { version, startedAt }
    },
    async requestCertificate() {
      pendingKey ??= createKey()
      return { csr: createCertificateRequest(pendingKey) }
    },
    async installCertificate(request) {
      if (pendingKey === null) throw new HoldfastError('invalid_input', 'Ask for a request first.')
      shown = { certificate: request.certificate, key: pendingKey }
      authorities = request.authorities
      pendingKey = null
      listener.replaceTls(tls())
      return describeCertificate(shown.certificate)
    },
  }

  const isOlder = options.protocol === 1
  const own = Object.entries(options.verbs?.handlers ?? {}).map(([name, handle]) => [
    name,
    (request: CommandEnvelope, call: Call) => {
      checkFreshness(request)
      return handle(request as never, call)
    },
  ])
  const all = { ...answers, ...options.handlers, ...Object.fromEntries(own) }
  const answer = createRouter({
    handlers: recording(isOlder ? handlersOfProtocol1(all) : all, calls),
    operations: isOlder ? OPERATIONS_OF_PROTOCOL_1 : { ...VERBS, ...options.verbs?.operations },
    bytes: simulatedFiles,
    log: SPEAKER,
    stop: stop.signal,
  })
  const tls = () => ({ ...shown, authorities, controllerIdentity: controllerIdentity(installationId) })

  const tunnels = createTunnelServer({ handlers: simulatedScreens, log: SPEAKER, stop: stop.signal })
  const noteSocket = (socket: Socket) => {
    if (sockets.has(socket)) return
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  }

  const open = (port: number) =>
    listen({
      host: '127.0.0.1',
      port,
      tls: tls(),
      log: SPEAKER,
      onUpgrade(request, socket, head) {
        noteSocket(request.socket)
        tunnels(request, socket, head)
      },
      onRequest(request, response) {
        noteSocket(request.socket)
        if (isOlder && request.url === VERBS.events.path) speakProtocol1(response, () => simulatedConnections.list())
        if (options.exposition !== undefined && request.url === '/metrics') {
          response.setHeader('Content-Type', 'text/plain; version=0.0.4')
          response.end(options.exposition(simulated.list()))
          return
        }
        const fault = faultOf(faults, request)
        if (fault) misbehave(fault, request, response, answer)
        else answer(request, response)
      },
    })
  let listener: Listener = await open(options.port ?? 0)
  const { port } = listener
  let isListening = true

  let placeHolder: Server | undefined

  async function goOffline({ keepPort = false } = {}): Promise<void> {
    if (!isListening) return
    isListening = false
    for (const socket of sockets) socket.destroy()
    await listener.close(0)
    if (!keepPort) return
    // Somebody may have been faster; then coming back fails.
    placeHolder = createServer((socket) => socket.destroy()).on('error', () => undefined)
    placeHolder.listen(port, '127.0.0.1')
  }

  async function leavePort(): Promise<void> {
    await new Promise<void>((resolve) => (placeHolder ? placeHolder.close(() => resolve()) : resolve()))
    placeHolder = undefined
  }

  return {
    hostId: options.hostId,
    address: `127.0.0.1:${port}`,
    port,
    calls,
    setFault(fault, operation) {
      if (fault) faults.set(operation ?? 'all', fault)
      else if (operation) faults.delete(operation)
      else faults.clear()
    },
    mounts: () => simulated.list(),
    measuring: () => measuring,
    simulated,
    simulatedConnections,
    simulatedJobs,
    simulatedPools,
    simulatedFiles,
    simulatedScreens,
    goOffline,
    async comeBack() {
      if (isListening) return
      await leavePort()
      listener = await open(port)
      isListening = true
    },
    change: (mountId, change) => simulated.override(mountId, change),
    certificate: () => shown.certificate,
    connections: () => sockets.size,
    cutConnections() {
      for (const socket of sockets) socket.destroy()
    },
    async stop() {
      stop.abort()
      forgetStorages()
      simulatedJobs.stop()
      simulatedPools.stop()
      await goOffline()
      await leavePort()
    },
  }
}
