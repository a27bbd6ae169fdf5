import type { SearchAnswer } from '@/components/data/queries'
import { ranked } from '@/lib/search/rank'
import type { SearchGroup } from '@/lib/search/schema'

/** The answer to this query, or what of an earlier one fits it too: then how many there are is not known yet. */
export function narrowed({ query: answered, groups }: SearchAnswer, query: string): SearchGroup[] {
  if (answered === query) return groups
  return groups.flatMap((group) => {
    const hits = ranked(
      group.hits.map((hit) => ({ ...hit, texts: [hit.detail] })),
      query,
    ).map(({ one: { texts: _searched, ...hit } }) => hit)
    return hits.length === 0 ? [] : [{ ...group, hits, total: hits.length }]
  })
}
