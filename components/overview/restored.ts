import type { HostDifferences } from '@/lib/restores/schema'

export interface Difference {
  id: string
  /** Of the mount or backend; of one without a name in the database its place or id. */
  name: string
  place: string | null
  what: string
}

function count(number: number, one: string, many: string): string[] {
  return number === 0 ? [] : [`${number} ${number === 1 ? one : many}`]
}

/** Such as `1 unknown, 2 newer`, for the line of a host. */
export function summaryOf({ unknown, newer, missing }: HostDifferences): string {
  const parts = [
    ...count(unknown.length, 'unknown', 'unknown'),
    ...count(newer.length, 'newer', 'newer'),
    ...count(missing.length, 'missing', 'missing'),
  ]
  return parts.length === 0 ? 'has what the database wants' : parts.join(', ')
}

/** Every difference of one host as a sentence that says what going on would do. */
export function describeDifferences({ unknown, newer, missing }: HostDifferences): Difference[] {
  return [
    ...unknown.map(({ kind, id, mount_point, source }) => ({
      id: `unknown ${id}`,
      name: mount_point ?? id,
      place: source,
      what:
        kind === 'mount'
          ? 'made after the backup, the database does not know it; it stays mounted unless you decide otherwise'
          : 'connected after the backup, the database does not know it; it stays connected',
    })),
    ...newer.map(({ id, name, mount_point, generation, desired_generation }) => ({
      id: `newer ${id}`,
      name,
      place: mount_point,
      what: `the host has a newer change (generation ${generation}, the database has ${desired_generation}); the database's takes its place`,
    })),
    ...missing.map(({ kind, id, name, mount_point }) => ({
      id: `missing ${id}`,
      name,
      place: mount_point,
      what: kind === 'mount' ? 'not on the host; it is mounted again' : 'not open on the host; it is connected again',
    })),
  ]
}
