import { isDeepStrictEqual } from 'node:util'
import type { z } from 'zod'
import { type Actor, ANONYMOUS, authorize } from '@/lib/auth/actor'
import { type Authentication, authenticate } from '@/lib/auth/authenticate'
import type { Permission } from '@/lib/auth/permissions'
import { type ErrorCode, forStrangers, HoldfastError, toHoldfastError } from '@/lib/errors'
import { fieldMessage } from '@/lib/field-messages'
import { expectedGeneration } from '@/lib/http/etag'
import { type Answer, once } from '@/lib/http/idempotency'
import { invalidInput, problemResponse } from '@/lib/http/problem'
import { refusalsOf } from '@/lib/http/problem-answers'
import { addressOf, checkOrigin, isSafe, newRequestId, parseJson, readPrefer, readText } from '@/lib/http/request'
import { type Runtime, runtime } from '@/lib/http/runtime'
import { createLog } from '@/lib/log'

type Parsed<T extends z.ZodType | undefined> = T extends z.ZodType ? z.output<T> : undefined

export interface Call<P = undefined, Q = undefined, B = undefined> {
  params: P
  query: Q
  body: B
  actor: Actor
  /** What the caller prefers for long work: wait this long (ms), or answer at once. */
  prefer: { waitMs: number | null; isAsync: boolean }
  /** The generation that `If-Match` names. */
  ifMatch: number | undefined
  /** The fingerprint of a plan (`Holdfast-Plan`): the change is made only while that plan is true. */
  plan: string | undefined
  signal: AbortSignal
  headers: Headers
  /** The body of a route that `takesBytes`, as it comes. */
  bytes: ReadableStream<Uint8Array> | null
}

export interface Reply<R> {
  /** One of the two: what is to be written, or its JSON if that is there already. */
  body?: R
  json?: string
  /** Instead of the declared status. */
  status?: number
  etag?: string
  location?: string
}

export interface RouteDeclaration<
  P extends z.ZodType | undefined = z.ZodType | undefined,
  Q extends z.ZodType | undefined = z.ZodType | undefined,
  B extends z.ZodType | undefined = z.ZodType | undefined,
  R extends z.ZodType = z.ZodType,
> {
  /** `public` must be said; there is no default. */
  permission: Permission | 'public'
  /** One sentence for the API reference. */
  summary: string
  params?: P
  query?: Q
  body?: B
  /** For the API reference: the body in more detail than the route itself needs to check. */
  describedBody?: z.ZodType
  /** The body is bytes of this media type, which the handler takes as they come. */
  takesBytes?: string
  /** Of routes that take a whole file as text; others keep the general limit. */
  maxBodyBytes?: number
  /** The whole body of a successful answer. */
  response: R
  /** Default 200. */
  status?: number
  /** Other successful statuses, with their meaning, for the API reference. */
  alsoAnswers?: Readonly<Record<number, string>>
  /** The answer holds a secret that is shown once: it is never stored for Idempotency-Key. */
  hasSecretAnswer?: boolean
  /** It makes a change that can be planned, and takes `Holdfast-Plan`. */
  takesPlan?: boolean
  /** Refusals (4xx) beyond those that follow from all of the above. */
  mayRefuse?: readonly ErrorCode[]
  /** Of a handler that answers with a response of its own; default `application/json`. */
  mediaType?: string
  handle(call: Call<Parsed<P>, Parsed<Q>, Parsed<B>>): Promise<Reply<z.input<R>> | Response>
}

export interface RouteContext {
  params?: Promise<Record<string, string | string[] | undefined>>
}

export interface Route {
  (request: Request, context?: RouteContext): Promise<Response>
  declaration: RouteDeclaration
}

/**
 * A REST route: authenticates, checks the origin and the permission, parses, calls `handle` and writes the answer or the
 * problem. Routes hold no decisions: services authorise again and decide.
 */
export function defineRoute<
  R extends z.ZodType,
  P extends z.ZodType | undefined = undefined,
  Q extends z.ZodType | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
>(declaration: RouteDeclaration<P, Q, B, R>): Route {
  const plain = declaration as unknown as RouteDeclaration
  const route = (request: Request, context?: RouteContext) => serve(plain, request, context)
  return Object.assign(route, { declaration: plain })
}

async function serve(declaration: RouteDeclaration, request: Request, context?: RouteContext): Promise<Response> {
  const requestId = newRequestId()
  let current: Runtime | undefined
  let actor = ANONYMOUS
  try {
    current = await runtime()
    actor = await admit(declaration, request, requestId, current)
    const hasText = !isSafe(request.method) && declaration.takesBytes === undefined
    const text = !hasText ? '' : await readText(request, declaration.maxBodyBytes)
    const key = isSafe(request.method) ? null : request.headers.get('idempotency-key')
    const run = () => answer(declaration, request, context, actor, text)
    if (key === null) return respond(await run(), requestId)
    const { pathname } = new URL(request.url)
    const guarded = await once(
      {
        key,
        actorId: actor.id,
        method: request.method,
        path: pathname,
        body: text,
        isSecret: declaration.hasSecretAnswer ?? false,
      },
      async () => {
        const made = await run()
        if (made instanceof Response) throw new HoldfastError('invalid_input', 'Idempotency-Key has no meaning here.')
        return made
      },
    )
    return respond(guarded.answer, requestId, guarded.isReplay)
  } catch (error) {
    report(error, request, requestId, current)
    const problem = problemResponse(actor.kind === 'anonymous' ? forStrangers(error) : error, requestId)
    if (process.env.NODE_ENV === 'test') checkRefusal(declaration, request.method, problem.status, error)
    return problem
  }
}

/** The actor, if this request may come in at all. */
async function admit(
  declaration: RouteDeclaration,
  request: Request,
  requestId: string,
  { env }: Runtime,
): Promise<Actor> {
  const isPublic = declaration.permission === 'public'
  const who: Authentication = isPublic ? { actor: ANONYMOUS, via: 'none' } : await authenticate(request.headers, env)
  const isFromBrowser = who.via === 'cookie' || (isPublic && request.headers.has('origin'))
  if (isFromBrowser && !isSafe(request.method)) checkOrigin(request, env.publicUrl)
  if (declaration.permission !== 'public') authorize(who.actor, declaration.permission)
  const address = addressOf(request.headers)
  return { ...who.actor, requestId, ...(address === undefined ? {} : { address }) }
}

async function answer(
  declaration: RouteDeclaration,
  request: Request,
  context: RouteContext | undefined,
  actor: Actor,
  text: string,
): Promise<Answer | Response> {
  const { headers } = request
  const reply = await declaration.handle({
    params: parse(declaration.params, await context?.params) as undefined,
    query: parse(declaration.query, declaration.query && queryOf(request.url)) as undefined,
    body: parse(declaration.body, declaration.body && parseJson(request, text)) as undefined,
    actor,
    prefer: readPrefer(headers.get('prefer')),
    ifMatch: expectedGeneration(headers.get('if-match')),
    plan: headers.get('holdfast-plan') ?? undefined,
    signal: request.signal,
    headers,
    bytes: declaration.takesBytes === undefined ? null : request.body,
  })
  if (reply instanceof Response) return reply
  const body = reply.json ?? JSON.stringify(reply.body)
  if (process.env.NODE_ENV === 'test') checkResponse(declaration, body)
  return {
    status: reply.status ?? declaration.status ?? 200,
    text: body,
    headers: {
      'Content-Type': 'application/json',
      ...(reply.etag === undefined ? {} : { ETag: reply.etag }),
      ...(reply.location === undefined ? {} : { Location: reply.location }),
    },
  }
}

function parse(schema: z.ZodType | undefined, value: unknown): unknown {
  if (schema === undefined) return undefined
  const parsed = schema.safeParse(value ?? {}, { error: fieldMessage })
  if (!parsed.success) throw invalidInput(parsed.error)
  return parsed.data
}

function queryOf(url: string): Record<string, string> {
  const at = url.indexOf('?')
  return at < 0 ? {} : Object.fromEntries(new URLSearchParams(url.slice(at + 1)))
}

function respond(made: Answer | Response, requestId: string, isReplay = false): Response {
  if (made instanceof Response) {
    made.headers.set('X-Request-Id', requestId)
    return made
  }
  const headers: Record<string, string> = {
    ...made.headers,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'X-Request-Id': requestId,
  }
  if (isReplay) headers['Idempotency-Replayed'] = 'true'
  return new Response(made.text, { status: made.status, headers })
}

/** In tests the answer must be exactly what is declared: nothing missing, nothing more. Not in production, for speed. */
function checkResponse(declaration: RouteDeclaration, text: string): void {
  const body: unknown = JSON.parse(text)
  const parsed = declaration.response.safeParse(body)
  if (!parsed.success) throw new Error(`The answer is not as declared: ${parsed.error.message}`)
  if (!isDeepStrictEqual(parsed.data, body)) throw new Error(`The answer has undeclared fields: ${text.slice(0, 400)}`)
}

/** In tests a refusal must be one that the API reference names. */
function checkRefusal(declaration: RouteDeclaration, method: string, status: number, cause: unknown): void {
  if (status >= 500 || refusalsOf(method, declaration).includes(status)) return
  throw new Error(`${method} "${declaration.summary}" does not declare that it may answer ${status}`, { cause })
}

function report(thrown: unknown, request: Request, requestId: string, current: Runtime | undefined): void {
  const error = toHoldfastError(thrown)
  const fields = { requestId, method: request.method, path: new URL(request.url).pathname, code: error.code }
  const log = current?.log ?? createLog('web')
  if (error.status < 500) log.debug('request refused', fields)
  else log.error('request failed', { ...fields, detail: error.message, cause: error.cause })
}
