import { createHash } from 'node:crypto'
import { keyedDigest } from '@/lib/auth/derived-key'
import { HoldfastError } from '@/lib/errors'
import * as repository from '@/lib/http/idempotency-repository'

/** An answer is kept this long. */
const KEEP_MS = 24 * 3_600_000
/** A request that has not ended after this (its process died) no longer holds its key. */
const CLAIM_MS = 120_000
const KEY = /^[\x21-\x7e]{1,128}$/

/** What is replayed: the body's text as it was sent, and the headers that belong to it. */
export interface Answer {
  status: number
  text: string
  headers: Record<string, string>
}

const REPLAYED = ['Content-Type', 'Location', 'ETag'] as const

/**
 * Runs `work` once per key, actor, method and path; a repetition gets the stored answer. Another body under the same key is
 * `idempotency_mismatch`, a repetition while the first still runs is `operation_in_progress`. Failures are not stored, so
 * that a retry can succeed. `isSecret`: the answer holds a secret and must not be stored; its repetition is a `conflict`.
 */
export async function once(
  request: { key: string; actorId: string; method: string; path: string; body: string; isSecret: boolean },
  work: () => Promise<Answer>,
): Promise<{ answer: Answer; isReplay: boolean }> {
  if (!KEY.test(request.key)) {
    throw new HoldfastError('invalid_input', 'Idempotency-Key must be 1 to 128 printable characters without spaces.', {
      fields: [{ field: 'Idempotency-Key', message: 'Use 1 to 128 printable characters without spaces.' }],
    })
  }
  const now = new Date()
  const key = sha256(`${request.actorId}\n${request.method} ${request.path}\n${request.key}`)
  const requestHash = markOf(request.body)
  const until = new Date(now.getTime() + CLAIM_MS)
  if (!(await repository.claim({ key, actorId: request.actorId, requestHash, now, until }))) {
    return { answer: await storedAnswer(key, requestHash), isReplay: true }
  }
  try {
    const answer = await work()
    if (answer.status >= 400) await repository.release(key)
    else {
      const body = request.isSecret ? { isSecret: true } : { text: answer.text, headers: kept(answer.headers) }
      await repository.complete(key, answer.status, body, new Date(now.getTime() + KEEP_MS))
    }
    return { answer, isReplay: false }
  } catch (error) {
    await repository.release(key)
    throw error
  }
}

async function storedAnswer(key: string, requestHash: string): Promise<Answer> {
  const stored = await repository.find(key)
  if (stored && stored.requestHash !== requestHash) {
    throw new HoldfastError('idempotency_mismatch', 'This Idempotency-Key was used with another body.')
  }
  if (!stored || stored.status === null) {
    throw new HoldfastError('operation_in_progress', 'The first request with this Idempotency-Key is still running.')
  }
  const body = stored.body as { text?: string; headers?: Record<string, string>; isSecret?: boolean }
  if (body.isSecret || body.text === undefined) {
    throw new HoldfastError(
      'conflict',
      'This request was carried out already; its answer held a secret and is shown only once.',
    )
  }
  return { status: stored.status, text: body.text, headers: body.headers ?? {} }
}

function kept(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(REPLAYED.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])))
}

/** With a key that is not in the database: bodies hold passwords, which can be guessed by whoever has a plain hash of them. */
function markOf(body: string): string {
  return keyedDigest('holdfast request body', body)
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
