import type { Db } from '@/lib/db/client'
import { HoldfastError } from '@/lib/errors'
import { storedEngine } from '@/lib/pools/engine'
import type { VolumeWorkPayload } from '@/lib/volumes/undo'

/** After a host was heard of again it has looked at its pools within so many milliseconds. */
const LOOKED_MS = 60_000

/**
 * Throws `busy` where another host has a device of a volume of a shared group, or may have one since work on it was lost there. Its
 * blocks must not be given to another volume, or be read, while that host may write to them. What a host told is up to half a minute old,
 * unless it has looked once more.
 */
export async function requireIdleElsewhere(
  db: Db,
  { volumeId, sourceId, hostId, work }: VolumeWorkPayload,
): Promise<void> {
  if (work.do === 'untrash') return
  for (const id of [volumeId, sourceId]) if (id !== null) await requireIdle(db, id, hostId)
}

async function requireIdle(db: Db, volumeId: string, hostId: string): Promise<void> {
  const volume = await db.volume.findUnique({ where: { id: volumeId }, select: VOLUME })
  if (volume === null || !(storedEngine(volume.pool.backend, volume.pool.settings)?.isLeased ?? false)) return
  const others = volume.pool.hosts.filter((row) => row.hostId !== hostId)
  const active = others.find(({ activeVolumes }) => Array.isArray(activeVolumes) && activeVolumes.includes(volumeId))
  if (active !== undefined) throw isActive(volume.name, active.host.name)
  const lost = await lostOn(db, volumeId)
  const unheard = others.find((row) => lost.some((one) => one.hostId === row.hostId && !isHeardSince(row, one.at)))
  if (unheard !== undefined) throw mayBeActive(volume.name, unheard.host.name)
}

const VOLUME = {
  name: true,
  pool: {
    select: {
      settings: true,
      backend: { select: { driver: true } },
      hosts: {
        where: { host: { revokedAt: null } },
        select: { hostId: true, activeVolumes: true, observedAt: true, host: { select: { name: true } } },
      },
    },
  },
} as const

/** Where work on it has failed, and when; nobody may know how far it came. */
async function lostOn(db: Db, volumeId: string): Promise<{ hostId: string; at: Date }[]> {
  const rows = await db.operationHost.findMany({
    where: { operation: { kind: 'volume.work', targetId: volumeId, status: 'failed', finishedAt: { not: null } } },
    select: { hostId: true, operation: { select: { finishedAt: true } } },
  })
  return rows.flatMap(({ hostId, operation }) =>
    operation.finishedAt === null ? [] : [{ hostId, at: operation.finishedAt }],
  )
}

function isHeardSince({ observedAt }: { observedAt: Date | null }, at: Date): boolean {
  return observedAt !== null && observedAt.getTime() > at.getTime() + LOOKED_MS
}

function isActive(volume: string, host: string): HoldfastError {
  const message = `Volume '${volume}' is active on host '${host}', which may write to it: stop what uses it there, and deactivate it (lvchange -an).`
  return new HoldfastError('busy', message)
}

function mayBeActive(volume: string, host: string): HoldfastError {
  const message = `Host '${host}' was working on volume '${volume}' when it was lost, and may do so still: wait until it has been back for a minute. If it is off for good, revoke it.`
  return new HoldfastError('busy', message)
}
