import { DbNull } from '@prisma/client/runtime/client'
import type { Db, Prisma } from '@/lib/db/client'
import { ALL_TYPES } from '@/lib/drivers/registry'
import { eachCell } from '@/lib/mounts/each-cell'

/** Types whose storage each host has for itself. */
const OF_HOSTS: string[] = ALL_TYPES.filter(({ scope }) => scope === 'host').map(({ id }) => id)
const INODES = { totalInodes: true, usedInodes: true } as const

/** The newest figures of storages that are the same on every host, as far as they were measured since then. */
export function findBackends(db: Db, since: Date) {
  return db.backend.findMany({
    where: { driver: { notIn: OF_HOSTS }, usageAt: { gte: since }, usedBytes: { not: null } },
    select: { id: true, usageAt: true, totalBytes: true, usedBytes: true, availableBytes: true, ...INODES },
  })
}
export type MeasuredBackend = Awaited<ReturnType<typeof findBackends>>[number]

export interface MeasuredMount {
  mountId: string
  hostId: string
  backend: { id: string; driver: string; config: Prisma.JsonValue }
  /** Is the storage one that each host has for itself? */
  isOfHost: boolean
  overrides: Prisma.JsonValue
  usage: Prisma.JsonValue
}

/** What is mounted and may show a storage of its own: of a type that each host has for itself, or with something different on a host. */
export async function findMounts(db: Db): Promise<MeasuredMount[]> {
  const found: MeasuredMount[] = []
  const lots = eachCell(({ after, orderBy, take }) =>
    db.mountOnHost.findMany({
      where: {
        AND: [after, { OR: [{ mount: { backend: { driver: { in: OF_HOSTS } } } }, { overrides: { not: DbNull } }] }],
        observedState: 'mounted',
        removed: false,
        mount: { deletedAt: null },
        host: { revokedAt: null },
      },
      select: {
        mountId: true,
        hostId: true,
        overrides: true,
        usage: true,
        mount: { select: { backend: { select: { id: true, driver: true, config: true } } } },
      },
      orderBy,
      take,
    }),
  )
  for await (const { mount, ...row } of lots)
    found.push({ ...row, backend: mount.backend, isOfHost: OF_HOSTS.includes(mount.backend.driver) })
  return found
}

export function findPools(db: Db) {
  return db.pool.findMany({
    where: { deletedAt: null },
    select: {
      id: true,
      backendId: true,
      keeperId: true,
      settings: true,
      backend: { select: { driver: true, config: true } },
      hosts: {
        where: { desired: 'open', capacityAt: { not: null }, host: { revokedAt: null } },
        select: {
          hostId: true,
          capacityAt: true,
          totalBytes: true,
          usedBytes: true,
          availableBytes: true,
          metadataPercent: true,
          ...INODES,
        },
      },
    },
  })
}
export type MeasuredPool = Awaited<ReturnType<typeof findPools>>[number]

/** What volumes of a pool may take together, on a host that has them for itself or for all. */
export interface Provisioned {
  poolId: string
  hostId: string | null
  bytes: bigint
}

export async function findProvisioned(db: Db): Promise<Provisioned[]> {
  const rows = await db.volume.groupBy({ by: ['poolId', 'hostId'], _sum: { sizeBytes: true } })
  return rows.map(({ _sum, ...of }) => ({ ...of, bytes: _sum.sizeBytes ?? 0n }))
}
