import { idPattern } from '@/lib/ids'

/** On everything that we made in a volume group. */
export const OURS = 'holdfast'
export const IN_TRASH = 'holdfast.trash'
/** Its content is being thrown away: it cannot come back out of the trash. */
export const IS_PURGED = 'holdfast.purge'
const POOL = 'holdfast.pool='
const VOLUME = 'holdfast.volume='
const OLD_BYTES = 'holdfast.zero-from='

/** The mark of a pool on its volume group, and on each of its volumes. */
export function poolTag(poolId: string): string {
  return `${POOL}${poolId}`
}

/** On a snapshot: the volume that it is of. */
export function volumeTag(volumeId: string): string {
  return `${VOLUME}${volumeId}`
}

/** On a thick volume that grew: what lies behind this byte may still be what others have written. */
export function growthTag(oldBytes: number): string {
  return `${OLD_BYTES}${oldBytes}`
}

const FENCE = 'holdfast.fence='

/** On a group that several hosts have open: the number of the keeper that changed it last. */
export function fenceTag(fence: number): string {
  return `${FENCE}${fence}`
}

/** The highest one; null: nobody has left any. */
export function fenceIn(tags: readonly string[]): number | null {
  const found = fencesIn(tags).flatMap((tag) => /^\d+$/.exec(tag.slice(FENCE.length))?.[0] ?? [])
  return found.length === 0 ? null : Math.max(...found.map(Number))
}

export function fencesIn(tags: readonly string[]): string[] {
  return tags.filter((tag) => tag.startsWith(FENCE))
}

function valueAfter(tags: readonly string[], prefix: string): string | null {
  return tags.find((tag) => tag.startsWith(prefix))?.slice(prefix.length) ?? null
}

export function poolsIn(tags: readonly string[]): string[] {
  return tags.filter((tag) => tag.startsWith(POOL)).map((tag) => tag.slice(POOL.length))
}

export function volumeIn(tags: readonly string[]): string | null {
  return valueAfter(tags, VOLUME)
}

/** Where a growth began that was not finished; null: there is none. */
export function growthIn(tags: readonly string[]): number | null {
  const bytes = valueAfter(tags, OLD_BYTES)
  return bytes !== null && /^\d+$/.test(bytes) ? Number(bytes) : null
}

/** A volume until all of its content is in it. */
export function newName(volumeId: string): string {
  return `new_${volumeId}`
}

/** A volume while a snapshot takes its place. */
export function oldName(volumeId: string): string {
  return `old_${volumeId}`
}

const VOLUME_ID = idPattern('volume')
const SNAPSHOT_ID = idPattern('snapshot')

export function isVolumeName(name: string): boolean {
  return VOLUME_ID.test(name)
}

export function isSnapshotName(name: string): boolean {
  return SNAPSHOT_ID.test(name)
}

/** The device of a logical volume while it is active. */
export function devicePath(group: string, name: string): string {
  return `/dev/${group}/${name}`
}
