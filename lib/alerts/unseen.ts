import { type AlertRow, idsIn } from '@/lib/alerts/repository'
import { type Cause, causeId } from '@/lib/attention/cause'
import type { CauseKind } from '@/lib/attention/schema'

/** What is known without these hosts: from the database, or from other hosts too. */
const KNOWN_WITHOUT: ReadonlySet<CauseKind> = new Set(['host_away', 'forecast', 'overcommit', 'availability', 'volume'])
/** More are not written down: when all of these fall silent at once, it is as if all had. */
const MOST = 100

/** The hosts without which nothing is known of a cause. */
export function hostsOf({ kind, subject, hosts }: Cause): string[] {
  const isOfBackend = (kind === 'capacity' || kind === 'inodes') && subject.kind === 'backend'
  return KNOWN_WITHOUT.has(kind) || isOfBackend ? [] : [...hosts].sort().slice(0, MOST)
}

/** Hosts that do not answer, with the ids of the causes that say so. */
export function silentIn(causes: Iterable<Cause>): Map<string, string> {
  const away = [...causes].filter(({ kind }) => kind === 'host_away')
  return new Map(away.flatMap(({ key, hosts }) => [...hosts].map((id) => [id, causeId(key)] as const)))
}

/**
 * The cause for which an alert cannot be seen any more: all hosts that it was seen on are silent. Null: one of them would tell. One that
 * was not told yet is forgotten instead.
 */
export function heldBy({ openedAt, hostIds }: AlertRow, silent: ReadonlyMap<string, string>): string | null {
  const ids = idsIn(hostIds)
  if (openedAt === null || !ids.every((id) => silent.has(id))) return null
  return ids.map((id) => silent.get(id))[0] ?? null
}
