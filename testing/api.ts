import { mkdtempSync, rmSync } from 'node:fs'
import path from 'node:path'
import { encode } from 'next-auth/jwt'
import { afterAll, beforeAll } from 'vitest'
import type { z } from 'zod'
import { systemActor } from '@/lib/auth/actor'
import { sessionCookieName } from '@/lib/auth/session-cookie'
import { sessionSecret } from '@/lib/auth/session-secret'
import { createSession } from '@/lib/auth/sessions'
import { setCurrentEnv } from '@/lib/current-env'
import { closeDatabase, initDatabase } from '@/lib/db/client'
import { type Env, readEnv } from '@/lib/env'
import { createLocalBus } from '@/lib/events/bus'
import { setProcessBus } from '@/lib/events/process-bus'
import type { Route } from '@/lib/http/define-route'
import type { Problem } from '@/lib/http/envelope'
import { setRuntime } from '@/lib/http/runtime'
import { newId } from '@/lib/ids'
import { createLog } from '@/lib/log'
import type { Role } from '@/lib/users/schema'
import { createToken } from '@/lib/users/tokens'
import type { TestDatabaseHandle } from '@/testing/database'
import { quickDirectory } from '@/testing/quick-directory'

export interface CallOptions {
  params?: Record<string, string>
  /** `limit=1&search=x` */
  query?: string
  body?: unknown
  headers?: Record<string, string>
  path?: string
}

export interface ApiAnswer {
  status: number
  headers: Headers
  text: string
  body: unknown
  /** `data` of the body, checked. Fails the test when the answer is something else. */
  data<T extends z.ZodType>(schema: T): z.output<T>
  problem(): Problem
}

export interface TestBrowser {
  userId: string
  sessionId: string
  headers: Record<string, string>
}

/** A web process without its HTTP server: routes are called with requests, on the real database of the block. */
export interface TestApi {
  readonly env: Env
  /** Everything the web process has logged, at level debug. */
  readonly logged: string[]
  /** A bearer token; made once per role and list of scopes. */
  token(role: Role, scopes?: string[]): Promise<string>
  /** A new user with a live session, or another session of one that is there. */
  browser(role: Role, sameUser?: TestBrowser): Promise<TestBrowser>
  /** Calls as an API token of this role, as a browser, or as nobody. */
  call(as: Role | TestBrowser | 'nobody', route: Route, method: string, options?: CallOptions): Promise<ApiAnswer>
}

export function useTestApi(database: TestDatabaseHandle): TestApi {
  const logged: string[] = []
  const tokens = new Map<string, Promise<string>>()
  let directory = ''
  let env: Env | undefined
  const ready = (): Env => {
    if (!env) throw new Error('the API is there only inside tests and hooks')
    return env
  }

  beforeAll(async () => {
    directory = mkdtempSync(path.join(quickDirectory(), 'holdfast-api-'))
    env = readEnv({ HOLDFAST_STATE_DIR: directory, HOLDFAST_DATABASE_URL: database.url, HOLDFAST_LOG_LEVEL: 'debug' })
    setCurrentEnv(env)
    setProcessBus(createLocalBus())
    await initDatabase(env)
    setRuntime({ env, log: createLog('web', 'debug', (line) => logged.push(line)) })
  })
  afterAll(async () => {
    setRuntime(undefined)
    setProcessBus(undefined)
    setCurrentEnv(undefined)
    await closeDatabase()
    rmSync(directory, { recursive: true, force: true })
  })

  async function makeToken(role: Role, scopes?: string[]): Promise<string> {
    const given = { name: `test ${role}`, role, expires_in_days: 1, ...(scopes ? { scopes } : {}) }
    return (await createToken(systemActor('test'), given)).token
  }
  const token = (role: Role, scopes?: string[]) => {
    const key = [role, ...(scopes ?? ['*'])].join(' ')
    const made = tokens.get(key) ?? makeToken(role, scopes)
    tokens.set(key, made)
    return made
  }

  async function browser(role: Role, sameUser?: TestBrowser): Promise<TestBrowser> {
    const userId = sameUser?.userId ?? newId('user')
    const username = `${role}-${userId.slice(-8)}`
    if (!sameUser) await database.prisma.user.create({ data: { id: userId, username, role, passwordHash: '!' } })
    const session = await createSession({ id: userId, username, role }, {})
    if (!session) throw new Error('nothing speaks against a session')
    const sessionId = session.id
    const cookie = await encode({ token: { sub: userId, sid: sessionId }, secret: sessionSecret(ready()) })
    const name = sessionCookieName(ready().publicUrl)
    return { userId, sessionId, headers: { cookie: `${name}=${cookie}`, origin: ready().publicUrl } }
  }

  async function headersOf(as: Role | TestBrowser | 'nobody'): Promise<Record<string, string>> {
    if (as === 'nobody') return {}
    return typeof as === 'string' ? { authorization: `Bearer ${await token(as)}` } : as.headers
  }

  async function call(
    as: Role | TestBrowser | 'nobody',
    route: Route,
    method: string,
    options: CallOptions = {},
  ): Promise<ApiAnswer> {
    const text = options.body === undefined ? undefined : JSON.stringify(options.body)
    const headers = {
      ...(text === undefined ? {} : { 'content-type': 'application/json' }),
      ...(await headersOf(as)),
      ...options.headers,
    }
    const query = options.query === undefined ? '' : `?${options.query}`
    const request = new Request(`${ready().publicUrl}${options.path ?? '/api/v1/test'}${query}`, {
      method,
      headers,
      ...(text === undefined ? {} : { body: text }),
    })
    return read(await route(request, { params: Promise.resolve(options.params ?? {}) }), logged)
  }

  return {
    get env() {
      return ready()
    },
    logged,
    token,
    browser,
    call,
  }
}

async function read(response: Response, logged: readonly string[]): Promise<ApiAnswer> {
  const text = await response.text()
  const isJson = /json/.test(response.headers.get('content-type') ?? '')
  const body: unknown = isJson ? JSON.parse(text) : undefined
  return {
    status: response.status,
    headers: response.headers,
    text,
    body,
    data: (schema) => {
      if (response.status >= 400) throw new Error(`the answer is ${response.status}: ${text} ${logged.at(-1)}`)
      return schema.parse((body as { data: unknown }).data)
    },
    problem: () => {
      if (response.status < 400) throw new Error(`the answer is ${response.status}, not a problem: ${text}`)
      return body as Problem
    },
  }
}
