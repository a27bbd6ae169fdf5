import type { Trouble } from '@/components/data/causes'
import { connectionStatus } from '@/lib/backends/connection-status'
import type { BackendView } from '@/lib/backends/schema'
import { compareFullness, isNearlyFull, spaceOf, usedPercent } from '@/lib/fullness'
import type { MountOnHostView, MountView } from '@/lib/mounts/schema'
import { wordOnHost } from '@/lib/mounts/state'
import { namesInShort } from '@/lib/sentences'
import { type StatusWord, TONE_ORDER } from '@/lib/tones'

/** How one host stands to a backend that it has mounted or open. */
export interface HostReach extends Trouble {
  host_id: string
  host_name: string
  status: StatusWord
  since: string | null
  /** Of what is not known now: when it was seen last. */
  seen: string | null
  /** Names of the mounts there; of a block storage there are none. */
  mounts: string[]
}

interface Seen extends Omit<HostReach, 'mounts'> {
  mount: string | null
}

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

function rankOf({ status }: Pick<HostReach, 'status'>): number {
  return TONE_ORDER.indexOf(status.tone)
}

function seenOfMount(mount: MountView, entry: MountOnHostView): Seen {
  const { host_id, host_name, since, error, advice, explanation } = entry
  const seen = entry.status === 'unknown' ? entry.observed_at : null
  return { host_id, host_name, since, seen, error, advice, explanation, status: wordOnHost(entry), mount: mount.name }
}

/** Every host that has the backend mounted or open, or is to: what fails first. A host is as well as the worst that it has of it. */
export function hostsOfBackend({ connections }: Pick<BackendView, 'connections'>, mounts: readonly MountView[]) {
  const seen: Seen[] = [
    ...mounts.flatMap((mount) => mount.hosts.map((entry) => seenOfMount(mount, entry))),
    ...connections.map((connection) => {
      const { host_id, host_name, since, message, advice, explanation } = connection
      const status = connectionStatus(connection)
      return { host_id, host_name, since, seen: null, error: message, advice, explanation, status, mount: null }
    }),
  ]
  return [...Map.groupBy(seen, ({ host_id }) => host_id).values()]
    .flatMap((here): HostReach[] => {
      const [worst] = here.toSorted((a, b) => rankOf(a) - rankOf(b))
      if (worst === undefined) return []
      const { mount: _, ...rest } = worst
      return [{ ...rest, mounts: here.flatMap(({ mount }) => mount ?? []) }]
    })
    .toSorted((a, b) => rankOf(a) - rankOf(b) || collator.compare(a.host_name, b.host_name))
}

type HostStats = NonNullable<BackendView['stats']['hosts']>[number]

/** Hosts whose own storage is nearly full, fullest first; none where the storage is the same on every host. */
export function fullHosts({ hosts = [] }: BackendView['stats']): HostStats[] {
  return hosts
    .filter((own) => isNearlyFull(spaceOf(own)))
    .toSorted((a, b) => compareFullness(spaceOf(a), spaceOf(b)) || collator.compare(a.host_name, b.host_name))
}

/** Those that are nearly full first, the fullest on top; the others as they were. */
export function fullFirst<Host extends Pick<HostReach, 'host_id'>>(hosts: readonly Host[], full: readonly HostStats[]) {
  const places = new Map(full.map(({ host_id }, place) => [host_id, place]))
  const placeOf = ({ host_id }: Host) => places.get(host_id) ?? full.length
  return hosts.toSorted((a, b) => placeOf(a) - placeOf(b))
}

/** `scratch is 100 % full on node-5`, and of several hosts each with its percentage. Null: it is full on none. */
export function fullInWords(name: string, full: readonly HostStats[]): string | null {
  const [first] = full
  if (first === undefined) return null
  if (full.length === 1) return `${name} is ${usedPercent(spaceOf(first))} % full on ${first.host_name}`
  const places = full.map((own) => `${own.host_name} (${usedPercent(spaceOf(own))} %)`)
  return `${name} is nearly full on ${namesInShort(places)}`
}

/** `2 of 3`: on so many of those that are to have it, it works. Where it is rightly not there does not count. Null: nowhere. */
export function reachWords(hosts: readonly Pick<HostReach, 'status'>[]): string | null {
  const wanted = hosts.filter(({ status }) => status.tone !== 'off')
  const well = wanted.filter(({ status }) => status.tone === 'healthy')
  return wanted.length === 0 ? null : `${well.length} of ${wanted.length}`
}
