import { mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import { createCertificateRequest, createKey } from '@/agent/identity/certificate-request'
import { Controller, type ControllerParts } from '@/lib/controller/controller'
import type { ControllerSettings } from '@/lib/controller/controller-settings'
import type { FleetCa } from '@/lib/controller/fleet/fleet-ca'
import type { BindParts } from '@/lib/controller/keys/bind-secrets'
import type { Database, Db } from '@/lib/db/client'
import { type Bus, createLocalBus } from '@/lib/events/bus'
import { newId } from '@/lib/ids'
import { createLog } from '@/lib/log'
import type { OperationKind, OperationPayload } from '@/lib/operations/schema'
import type { TestAuthority } from '@/testing/certificates'
import { makeHost } from '@/testing/factories'
import { type FakeAgent, type FakeAgentOptions, startFakeAgent } from '@/testing/fake-agent'
import { quickDirectory } from '@/testing/quick-directory'
import { waitFor } from '@/testing/wait'

/** A controller with its own CA, on a real database, and hosts that speak the real protocol over real mutual TLS. */
export interface TestFleet {
  controller: Controller
  /** For a web process beside the controller; what the controller itself publishes on `controller.bus` it does not hear. */
  bus: Bus
  directory: string
  /** A fake agent and its row. */
  addHost(options?: Partial<FakeAgentOptions>): Promise<FakeAgent>
  /** Many at once; `agents[i]` has the row that the i-th of `hosts` asks for. */
  addHosts(
    hosts: readonly { name: string; labels?: Record<string, string> }[],
    options?: Partial<FakeAgentOptions>,
  ): Promise<FakeAgent[]>
  /** Starts an agent for a host that has a row already. */
  startAgent(hostId: string, options?: Partial<FakeAgentOptions>): Promise<FakeAgent>
  /** What the web process does: writes the intent, says so, returns the id of the operation. */
  request<K extends OperationKind>(kind: K, payload: OperationPayload<K>, hostIds: string[]): Promise<string>
  ended(operationId: string, timeoutMs?: number): Promise<EndedOperation>
  /** Everything the controller has logged. */
  logged: string[]
  /** What it did or found out by itself. */
  audited: { action: string; change: Record<string, unknown> }[]
  stop(): Promise<void>
}

export type EndedOperation = NonNullable<Awaited<ReturnType<typeof findOperation>>>

function findOperation(db: Db, id: string) {
  return db.operation.findUnique({ where: { id }, include: { hosts: true, steps: { orderBy: { id: 'asc' } } } })
}

/** The controller's own CA as fake agents want it: it issues the certificate of this one host. */
export function authorityFor(ca: FleetCa, hostId: string): TestAuthority {
  return {
    certificate: ca.authorities,
    async issue() {
      const key = createKey()
      const { certificate } = await ca.issueHost(hostId, createCertificateRequest(key))
      return { certificate, key }
    },
    sign: async (csr) => (await ca.issueHost(hostId, csr)).certificate,
  }
}

export interface TestFleetOptions extends Partial<ControllerSettings> {
  /** Of an earlier controller, to go on with its CA. */
  directory?: string
  /** Build it, but leave `controller.start()` to the test. */
  isIdle?: boolean
  auditBound?: BindParts['audit']
  /** Default: those of the registry. */
  kinds?: ControllerParts['kinds']
}

export async function startTestFleet(
  database: Pick<Database, 'prisma' | 'provider'>,
  options: TestFleetOptions = {},
): Promise<TestFleet> {
  const directory = options.directory ?? (await mkdtemp(path.join(quickDirectory(), 'holdfast-fleet-')))
  const logged: string[] = []
  const audited: TestFleet['audited'] = []
  const bus = createLocalBus()
  const agents = new Set<FakeAgent>()
  const { prisma } = database
  const controller = await Controller.create(
    {
      database: { ...database, close: async () => undefined },
      bus,
      log: createLog('controller', 'debug', (line) => void logged.push(line)),
      audit: async () => undefined,
      auditBound: options.auditBound ?? (async () => undefined),
      auditOwn: async (_tx, record) => void audited.push(record),
      ...(options.kinds ? { kinds: options.kinds } : {}),
    },
    {
      controllerDir: path.join(directory, 'controller'),
      fleetHost: '127.0.0.1',
      fleetPort: 0,
      fleetUrl: 'https://127.0.0.1:1',
      agentDirectory: path.join(directory, 'agent'),
      publicUrl: 'http://127.0.0.1:1',
      ...options,
    },
  )
  if (!options.isIdle) await controller.start()

  async function startAgent(hostId: string, wishes: Partial<FakeAgentOptions> = {}): Promise<FakeAgent> {
    const agent = await startFakeAgent({
      authority: authorityFor(controller.ca, hostId),
      hostId,
      installationId: controller.ca.installationId,
      ...wishes,
    })
    agents.add(agent)
    return agent
  }

  return {
    controller,
    bus,
    directory,
    logged,
    audited,
    startAgent,
    async addHost(wishes = {}) {
      const hostId = wishes.hostId ?? newId('host')
      const agent = await startAgent(hostId, wishes)
      const certificateNotAfter = new Date(Date.now() + 30 * 86_400_000)
      await makeHost(prisma, { id: hostId, address: agent.address, certificateNotAfter })
      bus.publish({ topic: 'host', id: hostId, kind: 'changed' })
      await controller.directory.refresh()
      return agent
    },
    async addHosts(hosts, wishes = {}) {
      const made = await Promise.all(hosts.map(() => startAgent(newId('host'), wishes)))
      const certificateNotAfter = new Date(Date.now() + 30 * 86_400_000)
      const rows = made.map(({ hostId, address }, index) => {
        const { name = hostId, labels = {} } = hosts[index] ?? {}
        return { id: hostId, name, labels, address, certificateNotAfter }
      })
      await prisma.host.createMany({ data: rows })
      await controller.directory.refresh()
      return made
    },
    async request(kind, payload, hostIds) {
      const id = newId('operation')
      await prisma.operation.create({
        data: {
          id,
          kind,
          requestedBy: 'test',
          ...('mountId' in payload ? { targetKind: 'mount', targetId: payload.mountId } : {}),
          payload: JSON.parse(JSON.stringify(payload)),
          hosts: { create: hostIds.map((hostId) => ({ hostId })) },
        },
      })
      bus.publish({ topic: 'operation', id, kind: 'wanted' })
      return id
    },
    ended: (operationId, timeoutMs) =>
      waitFor(
        `the end of ${operationId}`,
        async () => {
          const operation = await findOperation(prisma, operationId)
          return operation?.finishedAt ? operation : undefined
        },
        timeoutMs,
      ),
    async stop() {
      await controller.stop()
      await Promise.all([...agents].map((agent) => agent.stop()))
      await bus.close()
      if (!options.directory) await rm(directory, { recursive: true, force: true })
    },
  }
}
