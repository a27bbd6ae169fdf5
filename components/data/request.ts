import type { z } from 'zod'
import { signInAgain } from '@/components/auth/sign-in-path'
import type { Problem as ProblemSchema } from '@/lib/http/envelope'

export type Problem = z.infer<typeof ProblemSchema>

/** What the API said when it refused; `problem` is its whole answer. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  readonly problem: Problem
  constructor(problem: Problem) {
    super(problem.detail)
    this.problem = problem
  }
}

export interface Listed<T> {
  data: T[]
  total: number
  nextCursor?: string
}

interface Options {
  method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  body?: unknown
  headers?: Record<string, string>
  signal?: AbortSignal
}

function offline(): Problem {
  return {
    type: 'about:blank',
    title: 'No answer',
    status: 0,
    code: 'unreachable',
    detail: 'Holdfast does not answer.',
    recovery: 'Check your connection and that the web process runs, then try again.',
    requestId: '',
  }
}

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value && 'detail' in value
}

/** A call to this console's own API. Throws {@link RequestError}; a session that has ended leads to the sign-in page. */
export async function request<T>(path: string, options: Options = {}): Promise<T> {
  const { method = 'GET', body, headers, signal } = options
  let response: Response
  try {
    response = await fetch(path, {
      method,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      credentials: 'same-origin',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new RequestError(offline())
  }
  if (response.status === 204) return undefined as T
  const answer: unknown = await response.json().catch(() => null)
  if (response.ok) return answer as T
  if (response.status === 401 && !window.location.pathname.startsWith('/sign-in')) {
    window.location.assign(signInAgain(window.location.pathname + window.location.search))
  }
  throw new RequestError(
    isProblem(answer)
      ? answer
      : { ...offline(), status: response.status, detail: `The server answered ${response.status}.` },
  )
}

/** The `data` of an answer about one thing. */
export async function requestOne<T>(path: string, options: Options = {}): Promise<T> {
  return (await request<{ data: T }>(path, options)).data
}

/** Asks for the operation itself at once instead of its outcome, so that it can be watched. */
export const WATCHED = { prefer: 'respond-async' } as const
