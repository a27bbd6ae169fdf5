import type { Db } from '@/lib/db/client'
import { insertRows } from '@/lib/db/insert-rows'
import { labelsOf, membershipOf, type TargetRule } from '@/lib/mounts/targets'
import { isHeld } from '@/lib/repositories/lease-state'

/** What a look at the targets of one mount has changed. */
export interface Settled {
  mountId: string
  name: string
  joined: string[]
  left: string[]
}

const MOUNT = {
  id: true,
  name: true,
  targets: true,
  targetLabels: true,
  desiredState: true,
  generation: true,
  repository: {
    select: {
      leases: {
        where: { endedAt: null },
        select: { hostId: true, heartbeatSeconds: true, heartbeatAt: true, endedAt: true, outcome: true },
      },
    },
  },
} as const

/**
 * Writes rows and tombstones so that every mount for labels or for all hosts has exactly its hosts: of one host (it joined, its
 * labels changed, it was revoked) or of all. Level-triggered: whoever calls it again changes nothing more.
 */
export async function settleMembership(tx: Db, scope: { hostId?: string } = {}): Promise<Settled[]> {
  const mounts = await tx.mount.findMany({
    where: { targets: { not: 'hosts' }, deletedAt: null },
    select: MOUNT,
    orderBy: { id: 'asc' },
  })
  if (mounts.length === 0) return []
  const ofHost = scope.hostId === undefined ? {} : { hostId: scope.hostId }
  const [hosts, rows] = [
    await tx.host.findMany({
      where: scope.hostId === undefined ? {} : { id: scope.hostId },
      select: { id: true, labels: true, revokedAt: true },
      orderBy: { id: 'asc' },
    }),
    await tx.mountOnHost.findMany({
      where: { ...ofHost, mount: { targets: { not: 'hosts' }, deletedAt: null } },
      select: { mountId: true, hostId: true, removed: true },
    }),
  ]
  const rowsOf = Map.groupBy(rows, (row) => row.mountId)
  const settled: Settled[] = []
  for (const mount of mounts) {
    const rule: TargetRule = { targets: mount.targets, targetLabels: labelsOf(mount.targetLabels) }
    const change = membershipOf(rule, hosts, rowsOf.get(mount.id) ?? [])
    // Where a backup program works, the mount stays until it has finished; a later look takes it away.
    const held = mount.repository?.leases.filter((lease) => isHeld(lease, new Date())) ?? []
    if (held.length > 0)
      change.leaving = change.leaving.filter((id) => !held.some(({ hostId }) => hostId === null || hostId === id))
    const isChanged = Object.values(change).some((ids: string[]) => ids.length > 0)
    if (isChanged && (await settle(tx, mount, change)))
      settled.push({
        mountId: mount.id,
        name: mount.name,
        joined: [...change.joining, ...change.returning],
        left: [...change.leaving, ...change.orphaned],
      })
  }
  return settled
}

/** False when somebody changed the mount at the same moment; the next look finds what is left to do. */
async function settle(
  tx: Db,
  mount: { id: string; desiredState: 'mounted' | 'unmounted'; generation: number },
  { joining, returning, leaving, orphaned }: ReturnType<typeof membershipOf>,
): Promise<boolean> {
  // A host that had the mount must see that this is a newer wish; and of two who settle at once only one may.
  const { count } = await tx.mount.updateMany({
    where: { id: mount.id, generation: mount.generation, deletedAt: null },
    data: { generation: { increment: 1 } },
  })
  if (count === 0) return false
  const desiredGeneration = mount.generation + 1
  const afresh = { desiredGeneration, attempts: 0, nextAttemptAt: null, repairs: 0, repairedAt: null }
  const heldBy = await rolloutOf(tx, mount.id)
  await tx.mountOnHost.deleteMany({ where: { mountId: mount.id, hostId: { in: orphaned } } })
  await tx.mountOnHost.updateMany({
    where: { mountId: mount.id, hostId: { in: leaving } },
    data: { ...afresh, desiredState: 'unmounted', removed: true },
  })
  await tx.mountOnHost.updateMany({
    where: { mountId: mount.id, hostId: { in: returning } },
    data: { ...afresh, heldBy, desiredState: mount.desiredState, removed: false },
  })
  const wish = { mountId: mount.id, heldBy, desiredState: mount.desiredState, desiredGeneration }
  const rows = joining.map((hostId) => ({ ...wish, hostId }))
  await insertRows(tx, 'MountOnHost', rows)
  return true
}

/** The rollout that other hosts wait for. Whoever joins meanwhile waits with them: the change may be a bad one, and be rolled back. */
async function rolloutOf(tx: Db, mountId: string): Promise<string | null> {
  const held = await tx.mountOnHost.findFirst({
    where: { mountId, heldBy: { not: null } },
    select: { heldBy: true },
  })
  return held?.heldBy ?? null
}
