import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import type { z } from 'zod'
import type { OpenedFile } from '@/agent/resources/files/pool-files'
import { readBody } from '@/agent/server/json-body'
import { parseRequest } from '@/agent/server/wire-error'
import {
  BYTE_VERBS,
  MODIFIED_HEADER,
  REQUEST_HEADER,
  SIZE_HEADER,
  type UploadState,
  type WriteUpload,
} from '@/lib/agent-protocol/files'
import { HoldfastError, toHoldfastError } from '@/lib/errors'
import type { Log } from '@/lib/log'
import { pump } from '@/lib/pump'

/** A reader that takes nothing for this long, or a storage that gives nothing, ends the transfer. */
const IDLE_MS = 60_000

export interface ByteHandlers {
  readFile(request: z.output<typeof BYTE_VERBS.readFile.request>, signal: AbortSignal): Promise<OpenedFile>
  writeUpload(request: WriteUpload, body: Readable, signal: AbortSignal): Promise<UploadState>
}

export interface ByteServerParts {
  handlers: ByteHandlers
  log: Log
  /** Ends every transfer. */
  stop: AbortSignal
  /** Answers a failure, where no byte has been sent yet. */
  refuse(response: ServerResponse, error: unknown): void
}

/** Answers the verbs that carry bytes. False: it is none of them. */
export function createByteServer(
  parts: ByteServerParts,
): (request: IncomingMessage, response: ServerResponse) => boolean {
  const { handlers, log, stop, refuse } = parts

  async function sendFile(request: IncomingMessage, response: ServerResponse, signal: AbortSignal): Promise<void> {
    const asked = parseRequest(BYTE_VERBS.readFile.request, await readBody(request))
    const file = await handlers.readFile(asked as Parameters<ByteHandlers['readFile']>[0], signal)
    try {
      const { size, length, modifiedMs } = file.head
      response.writeHead(200, {
        'content-type': 'application/octet-stream',
        'content-length': length,
        'cache-control': 'no-store',
        [SIZE_HEADER]: size,
        [MODIFIED_HEADER]: modifiedMs,
      })
      const sent = await pump(file.bytes, response, { idleMs: IDLE_MS, signal, keepsOpen: true })
      // It became shorter, or its storage failed: whoever reads must not take this for the whole.
      if (sent === length) response.end()
      else response.destroy()
    } finally {
      file.close()
    }
  }

  async function takeUpload(request: IncomingMessage, response: ServerResponse, signal: AbortSignal): Promise<void> {
    const asked = parseRequest(BYTE_VERBS.writeUpload.request, requestIn(request))
    const state = await handlers.writeUpload(asked as WriteUpload, request, signal)
    const text = JSON.stringify(state)
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
    response.end(text)
  }

  return (request, response) => {
    const { readFile, writeUpload } = BYTE_VERBS
    const is = (verb: { method: string; path: string }) => request.url === verb.path && request.method === verb.method
    const serve = is(readFile) ? sendFile : is(writeUpload) ? takeUpload : null
    if (serve === null) return false
    const gone = new AbortController()
    response.once('close', () => gone.abort(new HoldfastError('unavailable', 'The caller has gone.')))
    serve(request, response, AbortSignal.any([gone.signal, stop])).catch((error: unknown) => {
      const { code, message } = toHoldfastError(error)
      if (!gone.signal.aborted) log.info('a file was not handed on as a whole', { code, message })
      if (response.headersSent) response.destroy()
      else refuse(response, error)
    })
    return true
  }
}

/** The bodies that are handed on as they come. */
export function streamsToAgent({ url }: IncomingMessage): boolean {
  return url === BYTE_VERBS.writeUpload.path
}

/** Of a verb whose body is bytes, or that has none. */
export function requestIn({ headers }: IncomingMessage): unknown {
  try {
    return JSON.parse(Buffer.from(String(headers[REQUEST_HEADER] ?? ''), 'base64url').toString('utf8'))
  } catch {
    throw new HoldfastError('invalid_input', `The header ${REQUEST_HEADER} is not valid.`)
  }
}
