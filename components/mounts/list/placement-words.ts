import type { MountView } from '@/lib/mounts/schema'

interface PlacedHost {
  host_name: string
  removing: boolean
}

/** A mount, or what else is to be on hosts. */
interface Placed extends Pick<MountView, 'targets' | 'target_labels' | 'removing'> {
  hosts: readonly PlacedHost[]
}

/** So many names a pointer reads; a fleet has a thousand. */
const NAMED = 20

/** Where it is to be: hosts that were taken off it and have not let go yet are left out, unless it goes from all. */
export function placedOn<Host extends PlacedHost>({
  removing,
  hosts,
}: {
  removing: boolean
  hosts: readonly Host[]
}): readonly Host[] {
  return removing ? hosts : hosts.filter((entry) => !entry.removing)
}

/** Global, the labels it is for, the name of its only host, or how many hosts there are. */
export function placementWord(mount: Placed): string {
  if (mount.targets === 'all') return 'Global'
  if (mount.targets === 'labels') return labelsInWords(mount.target_labels)
  const hosts = placedOn(mount)
  const [only] = hosts
  return hosts.length === 1 && only ? only.host_name : `${hosts.length} hosts`
}

/** Whom it is for, and the names of the hosts that this is now. */
export function placementInFull(mount: Placed): string {
  const names = placedOn(mount).map((entry) => entry.host_name)
  const more = names.length - NAMED
  const listed = names.slice(0, NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '')
  const now = names.length === 0 ? 'none yet' : listed
  if (mount.targets === 'all') return `Every host there is and will be: ${now}`
  if (mount.targets === 'labels') return `Every host with ${labelsInWords(mount.target_labels)}: ${now}`
  return names.length === 0 ? 'No host' : listed
}

/** By how many hosts it is on; one for every host comes after all others. */
export function placementRank(mount: Placed): number {
  const count = placedOn(mount).length
  return mount.targets === 'all' ? 1_000_000 + count : count
}

function labelsInWords(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`)
    .join(', ')
}
