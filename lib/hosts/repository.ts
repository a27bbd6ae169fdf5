import { type Db, db, type Prisma } from '@/lib/db/client'

const COLUMNS = {
  id: true,
  name: true,
  address: true,
  labels: true,
  isLocal: true,
  createdAt: true,
  updatedAt: true,
  revokedAt: true,
  certificateSerial: true,
  certificateNotAfter: true,
  generation: true,
  observedStatus: true,
  observedAt: true,
  observedError: true,
  observedInfo: true,
  clockSkewMs: true,
} as const satisfies Prisma.HostSelect

export type HostRecord = Prisma.HostGetPayload<{ select: typeof COLUMNS }>

export interface HostFilter {
  statuses?: readonly HostRecord['observedStatus'][] | undefined
  ids?: readonly string[] | undefined
}

function whereOf({ statuses, ids }: HostFilter): Prisma.HostWhereInput {
  return {
    ...(statuses === undefined ? {} : { observedStatus: { in: [...statuses] } }),
    ...(ids === undefined ? {} : { id: { in: [...ids] } }),
  }
}

/** In the order of their ids, which is the order in which they joined. */
export function findPage(filter: HostFilter, after: string | undefined, take: number): Promise<HostRecord[]> {
  const where: Prisma.HostWhereInput =
    after === undefined ? whereOf(filter) : { AND: [whereOf(filter), { id: { gt: after } }] }
  return db().host.findMany({ where, select: COLUMNS, orderBy: { id: 'asc' }, take })
}

export function count(filter: HostFilter): Promise<number> {
  return db().host.count({ where: whereOf(filter) })
}

export function findNames() {
  return db().host.findMany({ select: { id: true, name: true, address: true, labels: true } })
}

export function findById(id: string, tx: Db = db()): Promise<HostRecord | null> {
  return tx.host.findUnique({ where: { id }, select: COLUMNS })
}

/** Hosts that can be asked something, this machine first, then those that answer. */
export function findUsable() {
  return db().host.findMany({
    where: { revokedAt: null },
    select: { id: true, name: true, isLocal: true, observedStatus: true, observedInfo: true },
    orderBy: { id: 'asc' },
  })
}

/** How many rows of each wanted and observed state and number of attempts, by host, and how many of them say what is wrong. */
export async function countMounts(hostId?: string) {
  return db().mountOnHost.groupBy({
    by: ['hostId', 'desiredState', 'observedState', 'observedProven', 'attempts'],
    where: { removed: false, mount: { deletedAt: null }, ...(hostId === undefined ? {} : { hostId }) },
    _count: { _all: true, observedError: true },
  })
}

export interface HostChange {
  name?: string
  address?: string
  labels?: Record<string, string>
  revokedAt?: Date
  isLocal?: boolean
}

/** Raises the generation; false when it is not `expected` any more. */
export async function update(tx: Db, id: string, change: HostChange, expected?: number): Promise<boolean> {
  const { count: changed } = await tx.host.updateMany({
    where: { id, ...(expected === undefined ? {} : { generation: expected }) },
    data: { ...change, generation: { increment: 1 } },
  })
  return changed === 1
}

const LOCAL_AGENT_FAULT = 'local_agent_fault'

export async function findLocalAgentFault(tx: Db = db()): Promise<string | null> {
  const row = await tx.setting.findUnique({ where: { key: LOCAL_AGENT_FAULT }, select: { value: true } })
  return typeof row?.value === 'string' ? row.value : null
}

export async function writeLocalAgentFault(tx: Db, fault: string | null): Promise<void> {
  const key = LOCAL_AGENT_FAULT
  if (fault === null) await tx.setting.deleteMany({ where: { key } })
  else await tx.setting.upsert({ where: { key }, create: { key, value: fault }, update: { value: fault } })
}

/** Of all hosts but this one. */
export async function unmarkLocal(tx: Db, id: string): Promise<void> {
  await tx.host.updateMany({ where: { isLocal: true, id: { not: id } }, data: { isLocal: false } })
}

export async function remove(tx: Db, id: string): Promise<void> {
  await tx.host.delete({ where: { id }, select: { id: true } })
}

export async function insertJoinToken(
  tx: Db,
  row: {
    id: string
    tokenHash: string
    hostName: string | null
    labels: Record<string, string> | null
    createdBy: string
    expiresAt: Date
  },
): Promise<void> {
  const { labels, ...columns } = row
  await tx.joinToken.create({ data: labels === null ? columns : { ...columns, labels }, select: { id: true } })
}

/** Nothing reaches a revoked host any more, so nothing is wanted of it. */
export async function dropConnections(tx: Db, hostId: string): Promise<void> {
  await tx.backendOnHost.deleteMany({ where: { hostId } })
}
