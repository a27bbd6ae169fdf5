import { z } from 'zod'

/** What can be searched for. A new noun adds itself here and in `searchables.ts`. */
export const SearchKind = z.enum(['backend', 'pool', 'volume', 'mount', 'host', 'workload', 'server'])
export type SearchKind = z.infer<typeof SearchKind>

export const SearchQuery = z.strictObject({
  /** Words, in any order; each must be found. Without any, the first of each kind by name. */
  q: z.string().trim().max(200).default(''),
  /** At most so many of each kind. */
  limit: z.coerce.number().int().min(1).max(50).default(8),
})

export const SearchHit = z.object({
  /** Of a server, which is no more than what backends say, its name or address. */
  id: z.string(),
  name: z.string(),
  /** Where the words were found, or what the thing is known by besides its name: source, mount point, address or a label. */
  detail: z.string(),
  /** Of a mount: what is wanted of it, `removing` while it is on its way out; null for other kinds. */
  desired: z.enum(['mounted', 'unmounted', 'removing']).nullable(),
})
export type SearchHit = z.infer<typeof SearchHit>

export const SearchGroup = z.object({
  kind: SearchKind,
  /** How many there are, of which the best are in `hits`. */
  total: z.int(),
  hits: z.array(SearchHit),
})
export type SearchGroup = z.infer<typeof SearchGroup>
