import { wantConnection } from '@/lib/backends/repository'
import type { Db } from '@/lib/db/client'

/** A pool of a block storage lies on the connection of its backend: asks for it on these hosts, where it is not wanted already. */
export async function requireConnections(tx: Db, backendId: string, hostIds: readonly string[]): Promise<void> {
  const wanted = await tx.backendOnHost.findMany({
    where: { backendId, hostId: { in: [...hostIds] }, desired: 'connected' },
    select: { hostId: true },
  })
  const generation = await generationOf(tx, backendId)
  for (const hostId of hostIds) {
    if (wanted.some((row) => row.hostId === hostId)) continue
    await wantConnection(tx, { backendId, hostId }, 'connected', generation)
  }
}

/** Lets go of it on those of these hosts where no pool of the backend is wanted any more. */
export async function releaseConnections(tx: Db, backendId: string, hostIds: readonly string[]): Promise<void> {
  const needed = await tx.poolOnHost.findMany({
    where: { hostId: { in: [...hostIds] }, desired: 'open', pool: { backendId, deletedAt: null } },
    select: { hostId: true },
  })
  const connected = await tx.backendOnHost.findMany({
    where: { backendId, hostId: { in: [...hostIds] }, desired: 'connected' },
    select: { hostId: true },
  })
  const generation = await generationOf(tx, backendId)
  for (const { hostId } of connected) {
    if (needed.some((row) => row.hostId === hostId)) continue
    await wantConnection(tx, { backendId, hostId }, 'disconnected', generation)
  }
}

async function generationOf(tx: Db, backendId: string): Promise<number> {
  const row = await tx.backend.findUnique({ where: { id: backendId }, select: { generation: true } })
  return row?.generation ?? 1
}
