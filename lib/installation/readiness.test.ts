import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { GET as ready } from '@/app/api/health/ready/route'
import { GET as getAccount } from '@/app/api/v1/account/route'
import { POST as setUp } from '@/app/api/v1/setup/route'
import { setCurrentEnv } from '@/lib/current-env'
import { closeDatabase } from '@/lib/db/client'
import { readEnv } from '@/lib/env'
import { setRuntime } from '@/lib/http/runtime'
import { useTestApi } from '@/lib/testing/api'
import { useTestDatabase } from '@/lib/testing/database'

describe('readiness, which anybody may ask for', () => {
  const database = useTestDatabase()
  const api = useTestApi(database)

  it('says what is wrong to the log, and to nobody else', async () => {
    setCurrentEnv({ ...api.env, databaseUrl: `file:${api.env.stateDir}/elsewhere/none.db` })
    const answer = await api.call('nobody', ready, 'GET')
    await api.call('nobody', ready, 'GET')
    setCurrentEnv(api.env)
    expect(answer.status).toBe(503)
    expect(answer.body).toEqual({
      ready: false,
      checks: { database: 'ok', migrations: 'not ok', controller: 'not ok' },
    })
    const logged = api.logged.join('')
    expect(logged.match(/"message":"not ready"/g)).toHaveLength(1)
    expect(logged).toContain('elsewhere/none.db')
  })
})

describe('a database that cannot be opened', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'holdfast-closed-'))
  afterEach(async () => {
    setRuntime(undefined)
    setCurrentEnv(undefined)
    await closeDatabase()
  })
  afterAll(() => rmSync(directory, { recursive: true }))

  it.each([
    ['readiness', ready, 'GET', undefined],
    ['setup', setUp, 'POST', '{}'],
    ['a route for people', getAccount, 'GET', undefined],
  ])('is named by no path where %s is asked for by a stranger', async (_what, route, method, body) => {
    setCurrentEnv(readEnv({ HOLDFAST_STATE_DIR: directory, HOLDFAST_DATABASE_URL: `file:${directory}/none/h.db` }))
    setRuntime(undefined)
    const headers = { 'content-type': 'application/json' }
    const request = new Request('http://127.0.0.1/api', { method, headers, ...(body ? { body } : {}) })
    const answer = await route(request)
    const text = await answer.text()
    expect(answer.status).toBeGreaterThanOrEqual(500)
    expect(text).not.toContain(directory)
    expect(text).not.toContain('h.db')
    expect(text).toContain('log of its web process')
  })
})
