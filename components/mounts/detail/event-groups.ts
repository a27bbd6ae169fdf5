import { causeKey } from '@/components/data/causes'
import type { MountEventView } from '@/lib/mounts/schema'

/** What is seen within this time of each other is one thing that happened. */
const TOGETHER_MS = 10 * 60_000

/** The same seen of several hosts, or of several mounts of a host, within a short time. */
export interface EventGroup {
  /** Newest first; never empty. */
  events: [MountEventView, ...MountEventView[]]
}

interface Open extends EventGroup {
  key: string
  places: Set<string>
  newest: number
}

function placeOf({ mount_id, host_id }: MountEventView): string {
  return `${mount_id} ${host_id}`
}

function sameness({ state, problem, message, advice, explanation }: MountEventView): string {
  return `${state} ${problem} ${causeKey({ error: message, advice, explanation })}`
}

/**
 * Folds events (newest first) that say the same of several places within a short time. A place's own events stay in their order, so a
 * group never shows as later or earlier what was the other way round on one of its hosts.
 */
export function groupEvents(events: readonly MountEventView[]): EventGroup[] {
  const groups: Open[] = []
  /** By place: the group that its event before this one is in. */
  const last = new Map<string, number>()
  for (const event of events) {
    const [key, place, at] = [sameness(event), placeOf(event), Date.parse(event.at)]
    const after = last.get(place) ?? -1
    const index = groups.findIndex(
      (group, number) =>
        number > after && group.key === key && !group.places.has(place) && group.newest - at <= TOGETHER_MS,
    )
    const open = groups[index]
    if (open === undefined) {
      last.set(place, groups.push({ key, places: new Set([place]), newest: at, events: [event] }) - 1)
      continue
    }
    open.events.push(event)
    open.places.add(place)
    last.set(place, index)
  }
  return groups
}
