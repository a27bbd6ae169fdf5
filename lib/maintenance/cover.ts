import type { Cause } from '@/lib/attention/cause'
import type { CauseKind } from '@/lib/attention/schema'
import type { MaintenanceRow } from '@/lib/maintenance/repository'
import type { MaintenanceNow } from '@/lib/maintenance/schema'
import { activeUntil } from '@/lib/maintenance/timing'

/** The window that something lies in. */
export interface Muted extends Pick<MaintenanceRow, 'id' | 'reason' | 'by'> {
  until: Date
}

/** What is under maintenance now: by the id of a host, backend or pool, the window that lasts longest. */
export type Cover = ReadonlyMap<string, Muted>

export const NO_COVER: Cover = new Map()

export function coverOf(windows: readonly MaintenanceRow[], now: Date): Cover {
  const cover = new Map<string, Muted>()
  for (const { id, reason, by, subjects, timing } of windows) {
    const until = activeUntil(timing, now)
    if (until === null) continue
    for (const subject of subjects) {
      const known = cover.get(subject.id)
      if (known === undefined || known.until < until) cover.set(subject.id, { id, reason, by, until })
    }
  }
  return cover
}

/** What hosts suffer from one by one. That a storage is full is so whichever host has measured it. */
const SEEN_ON_HOSTS: ReadonlySet<CauseKind> = new Set(['storage', 'mount', 'nodes', 'drift', 'pool', 'uploads'])

/**
 * The window that a cause lies in, null for none: one of its subject, of what that lies on, or of all the backends or all the hosts that
 * it is seen at. Where only some of them are under maintenance, it is still a matter.
 */
export function mutedIn(cause: Cause, cover: Cover): Muted | null {
  if (cover.size === 0) return null
  const [within] = [cause.subject.id ?? '', ...cause.within].flatMap((id) => cover.get(id) ?? [])
  if (within) return within
  if (cause.kind === 'storage') {
    const ofBackends = everyIn(cause.backends, cover)
    if (ofBackends) return ofBackends
  }
  return SEEN_ON_HOSTS.has(cause.kind) ? everyIn(cause.hosts, cover) : null
}

/** The first to be over of the windows that all of these lie in; null where one of them lies in none. */
function everyIn(ids: ReadonlySet<string>, cover: Cover): Muted | null {
  const windows = [...ids].flatMap((id) => cover.get(id) ?? [])
  if (windows.length === 0 || windows.length < ids.size) return null
  return windows.reduce((first, one) => (one.until < first.until ? one : first))
}

export function maintenanceNow({ id, reason, by, until }: Muted): MaintenanceNow {
  return { id, reason, by, until: until.toISOString() }
}
