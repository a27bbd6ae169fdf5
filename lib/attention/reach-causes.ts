import { type Cause, causeOf, earlier } from '@/lib/attention/cause'
import type { Facts } from '@/lib/attention/facts'
import { adviceAway, titleAway } from '@/lib/attention/name-hosts'
import type { FailedCheck } from '@/lib/attention/reach-facts-repository'
import { explainedRow } from '@/lib/drivers/problems/view'
import { knownOfBackend } from '@/lib/reachability/view'
import { firstSentence } from '@/lib/sentences'

/**
 * What works where it is, and could not be opened once more: a password that was changed, or an export that was taken away, is noticed
 * before the next start of the host. Where something is wrong with the storage already, that is told.
 */
export function reachCauses({ failedChecks, hosts }: Facts, known: readonly Cause[]): Cause[] {
  const isTold = new Set(known.flatMap(({ kind, backends }) => (kind === 'storage' ? [...backends] : [])))
  const causes = new Map<string, Cause>()
  for (const row of failedChecks) {
    const { backend, hostId, since } = row
    if (isTold.has(backend.id)) continue
    const key = `backend:${backend.id}:again:${row.observedProblem ?? row.failedLayer}`
    const cause = causes.get(key) ?? startOf(key, row)
    causes.set(key, cause)
    cause.hosts.add(hostId)
    cause.places++
    cause.since = earlier(cause.since, since)
  }
  for (const cause of causes.values()) {
    const sufferers = [...cause.hosts].flatMap((id) => hosts.get(id) ?? [])
    cause.advice = cause.advice && adviceAway(cause.advice, sufferers)
  }
  return [...causes.values()]
}

function startOf(key: string, row: FailedCheck): Cause {
  const { id, name } = row.backend
  const { message, explanation } = explainedRow(row, knownOfBackend(row.backend))
  const why = explanation?.title ?? (message === null ? null : firstSentence(message))
  return causeOf({
    key,
    kind: 'storage',
    severity: 'warning',
    subject: { kind: 'backend', id, name },
    what: ` works, and could not be opened again${why === null ? '' : `: ${titleAway(why)}`}`,
    advice: explanation?.advice ?? null,
    backends: new Set([id]),
  })
}
