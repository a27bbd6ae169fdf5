import { defineRoute } from '@/lib/http/define-route'
import { list } from '@/lib/http/envelope'
import { SearchGroup, SearchQuery } from '@/lib/search/schema'
import { search } from '@/lib/search/service'

export const GET = defineRoute({
  permission: 'api.read',
  summary: 'Search backends, mounts and hosts by name, address, source and label; only what the caller may read.',
  query: SearchQuery,
  response: list(SearchGroup),
  handle: async ({ actor, query }) => ({ body: await search(actor, query) }),
})
