import { levelAt } from '@/lib/alerts/rules'
import { type Cause, causeId, causeOf } from '@/lib/attention/cause'
import type { Facts } from '@/lib/attention/facts'
import { titleAway } from '@/lib/attention/name-hosts'
import type { StalledFact } from '@/lib/attention/upload-facts-repository'
import { firstSentence } from '@/lib/sentences'

const MINUTE_MS = 60_000

/**
 * Files that wait on hosts and do not get through, by the storage that they wait for. `told`: what is known already; where the storage
 * itself is silent or refuses, that is the cause.
 */
export function uploadCauses({ stalled, told, rules }: Facts, known: readonly Cause[], now: Date): Cause[] {
  const byBackend = Map.groupBy(stalled, ({ mount }) => mount.backend.id)
  return [...byBackend.values()].flatMap((rows) => {
    const [first] = rows.toSorted((a, b) => a.since.getTime() - b.since.getTime())
    if (!first) return []
    const { backend } = first.mount
    const key = `backend:${backend.id}:uploads`
    const minutes = (now.getTime() - first.since.getTime()) / MINUTE_MS
    const severity = levelAt(minutes, rules.limits('uploads', backend.id), told.get(causeId(key)))
    if (severity === null || known.some(({ kind, backends }) => kind === 'storage' && backends.has(backend.id)))
      return []
    return causeOf({
      key,
      kind: 'uploads',
      severity,
      subject: { kind: 'backend', id: backend.id, name: backend.name },
      what: `: files wait to be uploaded, and none gets through${reasonOf(rows)}`,
      advice:
        'What waits lies only in the cache of these hosts. Leave them running, and see why the storage takes nothing.',
      since: first.since,
      hosts: new Set(rows.map(({ hostId }) => hostId)),
      mounts: new Set(rows.map(({ mount }) => mount.id)),
      backends: new Set([backend.id]),
      places: rows.length,
    })
  })
}

/** What all of them say; a request has an id of its own each time, which is cut off. */
function reasonOf(rows: readonly StalledFact[]): string {
  const said = new Set(rows.map((row) => row.said?.replace(/\s*(?:status code|request id|host id):.*$/i, '')))
  const [reason] = said
  return said.size === 1 && reason ? `: ${titleAway(firstSentence(reason))}` : ''
}
