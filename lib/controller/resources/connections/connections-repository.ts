import { DbNull } from '@prisma/client/runtime/client'
import type { ObservedConnection } from '@/lib/agent-protocol/messages'
import { DESIRED_BACKEND, type DesiredBackend } from '@/lib/controller/resources/backend-repository'
import type { StoredRow } from '@/lib/controller/resources/kind'
import { NO_PROBLEM, type ProblemColumns } from '@/lib/controller/resources/problem-columns'
import type { Db, Prisma } from '@/lib/db/client'
import { storable } from '@/lib/db/json-column'

const DESIRED = {
  backendId: true,
  hostId: true,
  desired: true,
  desiredGeneration: true,
  observedState: true,
  observedGeneration: true,
  observedSince: true,
  nextAttemptAt: true,
  attempts: true,
  backend: { select: DESIRED_BACKEND },
} satisfies Prisma.BackendOnHostSelect

/** One backend on one host, as much as it takes to carry it out. */
export interface DesiredConnection {
  backendId: string
  hostId: string
  desired: 'connected' | 'disconnected'
  desiredGeneration: number
  observedState: ObservedConnection['state']
  /** Null while the host does not list it. */
  observedGeneration: number | null
  observedSince: Date | null
  nextAttemptAt: Date | null
  attempts: number
  backend: DesiredBackend
}

export function findConnections(db: Db, backendId: string, hostIds: readonly string[]): Promise<DesiredConnection[]> {
  return db.backendOnHost.findMany({ where: { backendId, hostId: { in: [...hostIds] } }, select: DESIRED })
}

export function findConnectionsOfHost(db: Db, hostId: string): Promise<DesiredConnection[]> {
  return db.backendOnHost.findMany({ where: { hostId }, select: DESIRED, orderBy: { backendId: 'asc' } })
}

export async function findHostsOfBackend(db: Db, backendId: string): Promise<string[]> {
  const rows = await db.backendOnHost.findMany({ where: { backendId }, select: { hostId: true } })
  return rows.map(({ hostId }) => hostId)
}

/** What is stored of a connection on a host. */
export interface StoredConnection extends StoredRow, ProblemColumns {
  observedState: ObservedConnection['state']
  /** What stands, or stood when it was last well. Absent: not known here, and left as it is stored. */
  summary?: string | null
  details?: Prisma.JsonValue
  /** Does the error tell why it could not be closed? The host lists a connection that is well then. */
  isRefusal: boolean
}

/** Everything that is stored about connections, to begin with. */
export async function findStoredConnections(db: Db): Promise<StoredConnection[]> {
  const rows = await db.backendOnHost.findMany({
    select: {
      backendId: true,
      hostId: true,
      desired: true,
      observedState: true,
      observedGeneration: true,
      observedSince: true,
      observedError: true,
      observedProblem: true,
      observedValues: true,
      observedSaid: true,
      summary: true,
      details: true,
    },
  })
  return rows.map(({ backendId, desired, ...row }) => ({
    ...row,
    id: backendId,
    isRefusal: desired === 'disconnected' && row.observedError !== null,
  }))
}

export async function saveConnection(tx: Db, stored: StoredConnection, at: Date): Promise<void> {
  const { id, hostId, isRefusal, details, summary, observedValues, ...columns } = stored
  await tx.backendOnHost.updateMany({
    where: { backendId: id, hostId },
    data: {
      ...columns,
      observedAt: at,
      observedValues: storable(observedValues),
      ...(summary === undefined ? {} : { summary }),
      ...(details === undefined ? {} : { details: storable(details) }),
    },
  })
}

/** The host has closed it. The row stays, for its generation. */
export async function saveClosed(tx: Db, { backendId, hostId }: DesiredConnection, at: Date): Promise<void> {
  await tx.backendOnHost.updateMany({
    where: { backendId, hostId },
    data: {
      observedState: 'disconnected',
      observedGeneration: null,
      observedSince: at,
      observedAt: at,
      ...NO_PROBLEM,
      observedValues: DbNull,
      summary: null,
      details: DbNull,
    },
  })
}

/** How the last command for this row went; a success clears the backoff. */
export async function saveConnectionAttempt(
  tx: Db,
  { backendId, hostId }: DesiredConnection,
  attempt: { attempts: number; nextAttemptAt: Date | null },
): Promise<void> {
  await tx.backendOnHost.updateMany({ where: { backendId, hostId }, data: attempt })
}
