import type { Db, Prisma } from '@/lib/db/client'
import type { BackendPart, ConnectionPart, MountPart, Snapshot, Subject } from '@/lib/plans/snapshot'

const HOST = {
  hostId: true,
  desiredState: true,
  desiredGeneration: true,
  removed: true,
  adopted: true,
  overrides: true,
  observedState: true,
  observedGeneration: true,
  observedOptions: true,
  observedPlace: true,
  usage: true,
  host: { select: { name: true, observedStatus: true } },
} as const satisfies Prisma.MountOnHostSelect

const MOUNT = {
  id: true,
  name: true,
  backendId: true,
  mountPoint: true,
  readOnly: true,
  autoMount: true,
  targets: true,
  targetLabels: true,
  onDrift: true,
  desiredState: true,
  generation: true,
  deletedAt: true,
  hosts: { select: HOST, orderBy: { hostId: 'asc' } },
} as const satisfies Prisma.MountSelect

const BACKEND = {
  id: true,
  name: true,
  driver: true,
  config: true,
  generation: true,
  secrets: { select: { field: true, fingerprint: true } },
} as const satisfies Prisma.BackendSelect

function mountPart({ deletedAt, hosts, ...row }: Prisma.MountGetPayload<{ select: typeof MOUNT }>): MountPart {
  return {
    ...row,
    isDeleted: deletedAt !== null,
    hosts: hosts.map(({ host, ...on }) => ({ ...on, hostName: host.name, hostStatus: host.observedStatus })),
  }
}

async function findBackend(tx: Db, id: string): Promise<BackendPart | null> {
  const row = await tx.backend.findUnique({ where: { id }, select: BACKEND })
  if (!row) return null
  const secrets = Object.fromEntries(row.secrets.map(({ field, fingerprint }) => [field, fingerprint]))
  return { ...row, config: row.config as Record<string, unknown>, secrets }
}

const CONNECTION = {
  hostId: true,
  desired: true,
  desiredGeneration: true,
  observedState: true,
  host: { select: { name: true, observedStatus: true } },
} as const satisfies Prisma.BackendOnHostSelect

async function findConnections(tx: Db, backendId: string): Promise<ConnectionPart[]> {
  const rows = await tx.backendOnHost.findMany({ where: { backendId }, select: CONNECTION, orderBy: { hostId: 'asc' } })
  return rows.map(({ host, ...on }) => ({ ...on, hostName: host.name, hostStatus: host.observedStatus }))
}

/** The subject as it is stored now, inside the transaction of its change. Nothing where there is nothing. */
export async function takeSnapshot(tx: Db, subject: Subject): Promise<Snapshot> {
  const where = subject.kind === 'mount' ? { id: subject.id } : { backendId: subject.id }
  const rows = await tx.mount.findMany({ where, select: MOUNT, orderBy: { id: 'asc' } })
  const backendId = subject.kind === 'backend' ? subject.id : rows[0]?.backendId
  if (backendId === undefined) return { backend: null, mounts: [], others: [], connections: [] }
  const ids = rows.map((row) => row.id)
  const others = await tx.mount.findMany({
    where: { backendId, deletedAt: null, id: { notIn: ids } },
    select: { id: true, name: true },
    orderBy: { name: 'asc' },
  })
  const connections = subject.kind === 'backend' ? await findConnections(tx, subject.id) : []
  return { backend: await findBackend(tx, backendId), mounts: rows.map(mountPart), others, connections }
}
