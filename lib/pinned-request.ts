import { type IncomingMessage, type RequestOptions, request as sendHttp } from 'node:http'
import { request as sendHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'

const ANSWER_CAP = 256 * 1024

export interface PinnedRequest {
  url: URL
  /** Of the server, already checked: a name that changes its mind later changes nothing. */
  address: string
  method: string
  headers: Record<string, string>
  body?: string | undefined
  /** PEM certificate of an authority of one's own. */
  ca?: string | undefined
  /** Any certificate will do. */
  unverified?: boolean | undefined
  signal: AbortSignal
}

export interface PinnedAnswer {
  status: number
  headers: Record<string, string>
  /** Cut off after 256 KiB. */
  body: string
}

/** One request to one address. Redirects are answers like any other: nothing is followed. */
export async function pinnedRequest(asked: PinnedRequest): Promise<PinnedAnswer> {
  const family = isIP(asked.address)
  const pinned: LookupFunction = (_name, options, answer) => {
    if (options.all) answer(null, [{ address: asked.address, family }])
    else answer(null, asked.address, family)
  }
  const options: RequestOptions & { ca?: string; rejectUnauthorized?: boolean } = {
    method: asked.method,
    headers: asked.headers,
    lookup: pinned,
    agent: false,
    signal: asked.signal,
    ...(asked.ca === undefined ? {} : { ca: asked.ca }),
    ...(asked.unverified ? { rejectUnauthorized: false } : {}),
  }
  const send = asked.url.protocol === 'https:' ? sendHttps : sendHttp
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = send(asked.url, options, resolve)
    outgoing.once('error', reject)
    outgoing.end(asked.body)
  })
  return { status: answer.statusCode ?? 0, headers: plainHeaders(answer), body: await readCapped(answer) }
}

function plainHeaders({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  )
}

async function readCapped(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    size += chunk.length
    if (size >= ANSWER_CAP) break
  }
  return Buffer.concat(chunks).subarray(0, ANSWER_CAP).toString('utf8')
}
