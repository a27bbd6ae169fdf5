import { z } from 'zod'
import { downloadFile } from '@/lib/files/download'
import { DownloadFile } from '@/lib/files/schema'
import { defineRoute } from '@/lib/http/define-route'
import { IdParams } from '@/lib/http/envelope'

export const GET = defineRoute({
  permission: 'files.download',
  summary:
    'Download a file of a pool. Takes Range with one range, and If-Range with its ETag, so that a broken one can go on.',
  params: IdParams,
  query: DownloadFile,
  response: z.string(),
  mediaType: 'application/octet-stream',
  alsoAnswers: { 206: 'The range that was asked for.' },
  mayRefuse: ['busy', 'rate_limited', 'range_not_satisfiable'],
  handle: ({ actor, params, query, headers, signal }) => downloadFile(actor, params.id, query, headers, signal),
})
