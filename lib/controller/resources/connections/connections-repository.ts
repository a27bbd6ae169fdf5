import { DbNull } from '@prisma/client/runtime/client'
import type { ObservedConnection } from '@/lib/agent-protocol/messages'
import type { DesiredBackend } from '@/lib/controller/resources/mounts/mounts-repository'
import type { Db, Prisma } from '@/lib/db/client'

const SELECT = {
  backendId: true,
  hostId: true,
  desired: true,
  desiredGeneration: true,
  observedState: true,
  observedGeneration: true,
  observedSince: true,
  nextAttemptAt: true,
  attempts: true,
  host: { select: { name: true } },
  backend: {
    select: {
      id: true,
      driver: true,
      config: true,
      secrets: { select: { field: true, sealed: true, sealedFor: true } },
    },
  },
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
  host: { name: string }
  backend: DesiredBackend
}

export function findConnection(db: Db, backendId: string, hostId: string): Promise<DesiredConnection | null> {
  return db.backendOnHost.findUnique({ where: { backendId_hostId: { backendId, hostId } }, select: SELECT })
}

export function findConnectionsOfHost(db: Db, hostId: string): Promise<DesiredConnection[]> {
  return db.backendOnHost.findMany({ where: { hostId }, select: SELECT, orderBy: { backendId: 'asc' } })
}

export async function findHostsOfBackend(db: Db, backendId: string): Promise<string[]> {
  const rows = await db.backendOnHost.findMany({ where: { backendId }, select: { hostId: true } })
  return rows.map(({ hostId }) => hostId)
}

export interface ConnectionObservation {
  observedState?: ObservedConnection['state']
  observedGeneration?: number | null
  observedSince?: Date
  observedError?: string | null
  observedProblem?: string | null
  observedAdvice?: string | null
  summary?: string | null
  details?: Record<string, string> | null
  nextAttemptAt?: Date | null
  attempts?: number
}

export async function saveConnection(
  tx: Db,
  { backendId, hostId }: { backendId: string; hostId: string },
  { details, ...columns }: ConnectionObservation,
  at: Date,
): Promise<void> {
  await tx.backendOnHost.updateMany({
    where: { backendId, hostId },
    data: { ...columns, observedAt: at, ...(details === undefined ? {} : { details: details ?? DbNull }) },
  })
}
