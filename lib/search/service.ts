import 'server-only'
import type { z } from 'zod'
import { type Actor, authorize } from '@/lib/auth/actor'
import { ranked } from '@/lib/search/rank'
import type { SearchGroup, SearchQuery } from '@/lib/search/schema'
import { SEARCHABLES, type Searchable } from '@/lib/search/searchables'

/** What fits the words, by kind, the kind with the best hit first. Kinds that the caller may not read are left out. */
export async function search(
  actor: Actor,
  { q, limit }: z.output<typeof SearchQuery>,
): Promise<{ data: SearchGroup[]; total: number }> {
  authorize(actor, 'api.read')
  const readable = SEARCHABLES.filter(({ permission }) => actor.permissions.has(permission))
  const found = await Promise.all(readable.map((searchable) => searchKind(searchable, q, limit)))
  const groups = found.filter(({ group }) => group.total > 0).sort((a, b) => a.best - b.best)
  return {
    data: groups.map(({ group }) => group),
    total: groups.reduce((sum, { group }) => sum + group.total, 0),
  }
}

async function searchKind(
  { kind, read }: Searchable,
  query: string,
  limit: number,
): Promise<{ best: number; group: SearchGroup }> {
  const found = ranked(await read(), query)
  return {
    best: found[0]?.match.rank ?? 0,
    group: {
      kind,
      total: found.length,
      hits: found.slice(0, limit).map(({ one, match }) => ({
        id: one.id,
        name: one.name,
        detail: match.foundIn ?? one.texts[0] ?? '',
        desired: one.desired,
      })),
    },
  }
}
