import type { MountOnHostView, MountView } from '@/lib/mounts/schema'
import { isAsWanted } from '@/lib/mounts/state'

/** Whom a mount, or what else is on hosts, is for. */
export function targetWords({
  targets,
  target_labels,
  hosts,
}: Pick<MountView, 'targets' | 'target_labels'> & { hosts: readonly unknown[] }): string {
  if (targets === 'all') return 'All hosts, present and future'
  if (targets === 'hosts') return hosts.length === 1 ? '1 chosen host' : `${hosts.length} chosen hosts`
  const pairs = Object.entries(target_labels).map(([key, value]) => (value === '' ? key : `${key}=${value}`))
  return `Hosts with the label${pairs.length > 1 ? 's' : ''} ${pairs.join(', ')}`
}

/** `2 of 3 hosts` */
export function hostWords({ hosts }: Pick<MountView, 'hosts'>): string {
  if (hosts.length === 0) return 'No host yet'
  return `${hosts.filter(isAsWanted).length} of ${hosts.length} ${hosts.length === 1 ? 'host' : 'hosts'}`
}

/** What the hosts and the server agreed on; null where it is not known. */
export function protocolWords({ hosts }: Pick<MountView, 'hosts'>): string | null {
  const spoken = Map.groupBy(
    hosts.flatMap(({ protocol }) => (protocol === null ? [] : [protocol])),
    (protocol) => protocol,
  )
  const words = [...spoken].map(([protocol, on]) => (spoken.size > 1 ? `${protocol} on ${on.length}` : protocol))
  return words.length === 0 ? null : words.join(', ')
}

/** The newest figures of a storage that is the same on every host; null while nobody has measured it. */
export function usageOf({ hosts }: Pick<MountView, 'hosts'>): MountOnHostView['usage'] {
  const known = hosts.flatMap(({ usage }) => usage ?? [])
  return known.toSorted((a, b) => (b.asOf ?? '').localeCompare(a.asOf ?? ''))[0] ?? null
}
