import { FileView, ListPoolFiles } from '@/lib/files/schema'
import { listFiles } from '@/lib/files/service'
import { defineRoute } from '@/lib/http/define-route'
import { IdParams, list } from '@/lib/http/envelope'

export const GET = defineRoute({
  permission: 'pools.read',
  summary: 'List the files of a directory of a pool, by name, with what uses them. For pools on file storages.',
  params: IdParams,
  query: ListPoolFiles,
  response: list(FileView),
  mayRefuse: ['conflict', 'rate_limited'],
  handle: async ({ actor, params, query, signal }) => ({ body: await listFiles(actor, params.id, query, signal) }),
})
