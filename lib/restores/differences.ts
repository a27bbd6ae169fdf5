import type { HostDifferences } from '@/lib/restores/schema'

/** What the database wants of one host, as much as is compared. */
export interface WantedResource {
  kind: string
  id: string
  name: string
  /** Null for what is not at a path. */
  mountPoint: string | null
  desiredGeneration: number
  /** Is it to be there: mounted or connected, and not being removed? */
  isWanted: boolean
}

/** What one host shows, as much as is compared. */
export interface ShownResource {
  kind: string
  id: string
  mountPoint: string | null
  source: string | null
  generation: number
}

/** How far the commands have come that a host has carried out, and what it keeps because of them. */
export interface ShownStanding {
  fence: number
  generations: Readonly<Record<string, number>>
  resources: readonly ShownResource[]
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
  unknown: ShownResource[]
}

/** Is this number higher than the one that the database knows, and can be true? */
export function isAhead(told: number, known: number): boolean {
  return told > known && told - known <= FARTHEST_AHEAD
}

/**
 * Compares what a host was told with what the database knows. `rows` must have been read after the host was asked: desired rows
 * and epochs only grow, so a host that is ahead then is ahead of a database that has forgotten something.
 * A resource that no row knows counts only if a command made it since the host joined: others are of an earlier life of the host.
 * Those in `left` stay on the host, as an administrator has decided before.
 */
export function compareHost(
  host: { id: string; name: string },
  standing: ShownStanding,
  rows: readonly WantedResource[],
  { epoch, left = new Set() }: { epoch: number; left?: ReadonlySet<string> },
): Comparison {
  const isUnknown = (id: string) => !rowsById.has(id) && !left.has(id) && told(id) !== undefined
  const told = (id: string) => (Object.hasOwn(standing.generations, id) ? standing.generations[id] : undefined)
  const rowsById = new Map(rows.map((row) => [row.id, row]))
  const listed = new Set(standing.resources.map(({ id }) => id))
  const ahead = rows.flatMap(({ kind, id, desiredGeneration }) => {
    const generation = told(id)
    return generation !== undefined && isAhead(generation, desiredGeneration) ? [{ kind, id, generation }] : []
  })
  const unknown = standing.resources.filter(({ id }) => isUnknown(id))
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
    differences: {
      host_id: host.id,
      host_name: host.name,
      epoch: standing.fence,
      unknown: unknown.map(({ kind, id, mountPoint, source }) => ({ kind, id, mount_point: mountPoint, source })),
      newer,
      missing,
    },
    ahead,
    unknown: unknown.map((shown) => ({ ...shown, generation: Math.max(shown.generation, told(shown.id) ?? 0) })),
  }
}
