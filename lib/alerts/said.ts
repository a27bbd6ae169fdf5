import type { Said } from '@/lib/alerts/repository'
import type { Cause } from '@/lib/attention/cause'
import type { Facts } from '@/lib/attention/facts'
import { findNames } from '@/lib/attention/facts-repository'
import { reachOf } from '@/lib/attention/lines'
import type { Db } from '@/lib/db/client'

/** What an alert about each cause says. */
export async function sayAll(causes: readonly Cause[], { hosts }: Pick<Facts, 'hosts'>, tx: Db): Promise<Said[]> {
  const names = await findNames(causes, tx)
  const nameOf = (id: string) => hosts.get(id)?.name ?? names.get(id)
  return causes.map((cause) => ({
    kind: cause.kind,
    subjectKind: cause.subject.kind,
    subjectId: cause.subject.id,
    subjectName: cause.subject.name,
    title: `${cause.subject.name}${cause.what}`,
    advice: cause.advice,
    reach: reachOf(cause, nameOf),
  }))
}

/** Is it said in the same words? */
export function isSaidAlike(one: Said, other: Said): boolean {
  return textOf(one) === textOf(other)
}

/** A database may give the keys of JSON in another order. */
function textOf({ title, advice, subjectName, reach }: Said): string {
  return JSON.stringify([title, advice, subjectName, sorted(reach)])
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, one]) => [key, sorted(one)])
}
