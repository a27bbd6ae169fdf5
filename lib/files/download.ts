import 'server-only'
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { MODIFIED_HEADER, SIZE_HEADER } from '@/lib/agent-protocol/files'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import { refusesDownload } from '@/lib/files/owner'
import { hostForFiles } from '@/lib/files/place'
import { parseRange } from '@/lib/files/range'
import type { DownloadFile } from '@/lib/files/schema'
import { namesFor } from '@/lib/files/service'
import { findPool } from '@/lib/pools/service'
import { throughRelay } from '@/lib/relay/door'

interface Part {
  /** Bytes of the whole file. */
  size: number
  first: number
  length: number
  etag: string
  answer: IncomingMessage
}

/** A file of a pool, or one range of it, as it comes from the host. Throws `busy` for a disk that is in use. */
export async function downloadFile(
  actor: Actor,
  poolId: string,
  query: DownloadFile,
  headers: Headers,
  signal: AbortSignal,
): Promise<Response> {
  authorize(actor, 'files.download')
  const pool = await findPool(poolId)
  const hostId = hostForFiles(pool, query.host_id)
  const refusal = refusesDownload(query.path, await namesFor(poolId, [query.path]))
  if (refusal !== null) throw new HoldfastError('busy', refusal)
  const read = async (first: number, length: number | null): Promise<Part> => {
    const request = { poolId, path: query.path, offset: first, length }
    const answer = await throughRelay({ verb: 'readFile', request }, { hostId, actor, signal })
    const size = Number(answer.headers[SIZE_HEADER])
    const etag = `"${size}-${String(answer.headers[MODIFIED_HEADER])}"`
    return { size, first, length: Number(answer.headers['content-length']), etag, answer }
  }
  const range = await wantedRange(headers, read)
  const part = await read(range?.first ?? 0, range?.length ?? null)
  if (part.first === 0) {
    await inTransaction((tx) =>
      recordAudit(tx, actor, {
        action: 'pool.file_downloaded',
        target: { kind: 'pool', id: pool.id, name: pool.name },
        change: { path: query.path, bytes: part.size, host: hostId },
      }),
    )
  }
  return responseFor(part, range !== null, query.path)
}

type Reader = (first: number, length: number | null) => Promise<Part>

/** Null: all of it, also when the file is another one than the caller has the beginning of. */
async function wantedRange(headers: Headers, read: Reader): Promise<{ first: number; length: number | null } | null> {
  const range = parseRange(headers.get('range'))
  const ifRange = headers.get('if-range')
  if (range === null) return null
  if (ifRange === null && !('suffix' in range)) return range
  const { size, etag, answer } = await read(0, 0)
  answer.resume()
  if (ifRange !== null && ifRange !== etag) return null
  if (!('suffix' in range)) return range
  return { first: Math.max(0, size - range.suffix), length: null }
}

function responseFor({ size, first, length, etag, answer }: Part, isRange: boolean, path: string): Response {
  const headers = {
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    // Nothing in it is ever shown as a page of this site.
    'Content-Security-Policy': "sandbox; default-src 'none'",
  }
  if (isRange && length === 0) {
    answer.resume()
    return new Response(null, { status: 416, headers: { ...headers, 'Content-Range': `bytes */${size}` } })
  }
  return new Response(Readable.toWeb(answer) as ReadableStream<Uint8Array>, {
    status: isRange ? 206 : 200,
    headers: {
      ...headers,
      ETag: etag,
      'Content-Type': 'application/octet-stream',
      'Content-Length': String(length),
      'Content-Disposition': disposition(path),
      ...(isRange ? { 'Content-Range': `bytes ${first}-${first + length - 1}/${size}` } : {}),
    },
  })
}

/** The name in any language (RFC 6266), and without what is not ASCII for programs that know only that. */
function disposition(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_')
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (one) => `%${one.charCodeAt(0).toString(16)}`)
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`
}
