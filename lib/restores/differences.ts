import type { HostStanding } from '@/lib/agent-protocol/messages'
import type { HostDifferences } from '@/lib/restores/schema'

/** What the database wants of one host, as much as is compared. */
export interface WantedResource {
  kind: 'mount' | 'connection'
  id: string
  name: string
  mountPoint: string | null
  desiredGeneration: number
  /** Is it to be there: mounted or connected, and not being removed? */
  isWanted: boolean
}

/** A number further ahead than this was not counted up by controllers: the host is broken or lies, and is not believed. */
export const FARTHEST_AHEAD = 1_000_000

export interface Comparison {
  /** Can this only be, because the database lost what it knew? */
  isBehind: boolean
  /** The epoch of the database that the host was compared with. */
  epoch: number
  differences: HostDifferences
  /** Rows that the host would refuse, with the generation that it has. */
  ahead: { kind: WantedResource['kind']; id: string; generation: number }[]
  /** As in `differences`, with the generation that the host has. */
  unknownMounts: { id: string; mountPoint: string; generation: number }[]
}

/** Is this number higher than the one that the database knows, and can be true? */
export function isAhead(told: number, known: number): boolean {
  return told > known && told - known <= FARTHEST_AHEAD
}

/**
 * Compares what a host was told with what the database knows. `rows` must have been read after the host was asked: desired rows
 * and epochs only grow, so a host that is ahead then is ahead of a database that has forgotten something.
 * A mount that no row knows counts only if a command made it since the host joined: others are of an earlier life of the host.
 * Those in `left` stay on the host, as an administrator has decided before.
 */
export function compareHost(
  host: { id: string; name: string },
  standing: HostStanding,
  rows: readonly WantedResource[],
  { epoch, left = new Set() }: { epoch: number; left?: ReadonlySet<string> },
): Comparison {
  const isUnknown = (id: string) => !rowsById.has(id) && !left.has(id) && told(id) !== undefined
  const told = (id: string) => (Object.hasOwn(standing.generations, id) ? standing.generations[id] : undefined)
  const rowsById = new Map(rows.map((row) => [row.id, row]))
  const listed = new Set([
    ...standing.mounts.map((mount) => mount.mountId),
    ...standing.connections.map((connection) => connection.backendId),
  ])
  const ahead = rows.flatMap(({ kind, id, desiredGeneration }) => {
    const generation = told(id)
    return generation !== undefined && isAhead(generation, desiredGeneration) ? [{ kind, id, generation }] : []
  })
  const unknownMounts = standing.mounts.filter(({ mountId }) => isUnknown(mountId))
  const unknown = [
    ...unknownMounts.map(({ mountId, mountPoint, source }) => ({
      kind: 'mount' as const,
      id: mountId,
      mount_point: mountPoint,
      source,
    })),
    ...standing.connections
      .filter(({ backendId }) => isUnknown(backendId))
      .map(({ backendId }) => ({
        kind: 'connection' as const,
        id: backendId,
        mount_point: null,
        source: null,
      })),
  ]
  const newer = ahead.flatMap(({ id, generation }) => {
    const row = rowsById.get(id)
    if (!row || !listed.has(id)) return []
    const { kind, name, mountPoint, desiredGeneration } = row
    return [{ kind, id, name, mount_point: mountPoint, generation, desired_generation: desiredGeneration }]
  })
  const missing = rows
    .filter((row) => row.isWanted && !listed.has(row.id))
    .map(({ kind, id, name, mountPoint }) => ({ kind, id, name, mount_point: mountPoint }))
  return {
    isBehind: isAhead(standing.fence, epoch) || ahead.length > 0 || unknown.length > 0,
    epoch,
    differences: { host_id: host.id, host_name: host.name, epoch: standing.fence, unknown, newer, missing },
    ahead,
    unknownMounts: unknownMounts.map(({ mountId, mountPoint, generation }) => ({
      id: mountId,
      mountPoint,
      generation: Math.max(generation, told(mountId) ?? 0),
    })),
  }
}
