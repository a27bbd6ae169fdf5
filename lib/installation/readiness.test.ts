import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { GET as ready } from '@/app/api/health/ready/route'
import { GET as getAccount } from '@/app/api/v1/account/route'
import { POST as setUp } from '@/app/api/v1/setup/route'
import { setCurrentEnv } from '@/lib/current-env'
import { closeDatabase } from '@/lib/db/client'
import { readEnv } from '@/lib/env'
import { diskProblem } from '@/lib/errors'
import { setRuntime } from '@/lib/http/runtime'
import * as repository from '@/lib/installation/repository'
import { forgetProbe, requireWritable } from '@/lib/installation/write-probe'
import { useTestApi } from '@/testing/api'
import { testDatabases } from '@/testing/database'

beforeEach(forgetProbe)

testDatabases('readiness', (database) => {
  const api = useTestApi(database)
  const probed = async () =>
    (await database.prisma.setting.findUnique({ where: { key: 'readiness_probe' } }))?.updatedAt.getTime() ?? 0

  it('includes a write, and at most one in some seconds whoever asks', async () => {
    const checks = await Promise.all(Array.from({ length: 20 }, () => api.call('nobody', ready, 'GET')))
    for (const { body } of checks) expect(body).toMatchObject({ checks: { database: 'ok' } })
    const first = await probed()
    expect(first).toBeGreaterThan(0)
    await api.call('nobody', ready, 'GET')
    expect(await probed()).toBe(first)
    forgetProbe()
    await api.call('nobody', ready, 'GET')
    expect(await probed()).toBeGreaterThan(first)
  })

  it('does not wait for a database that takes no write, and does not ask it twice', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const released = Promise.withResolvers<void>()
    const write = vi.spyOn(repository, 'writeProbe').mockImplementation(() => released.promise)
    try {
      const asked = [requireWritable(database.url), requireWritable(database.url)]
      const outcomes = Promise.allSettled(asked)
      await vi.advanceTimersByTimeAsync(2_000)
      expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
      await vi.advanceTimersByTimeAsync(20_000)
      await expect(requireWritable(database.url)).rejects.toThrow('has not taken a write')
      expect(write).toHaveBeenCalledTimes(1)
      released.resolve()
      await vi.advanceTimersByTimeAsync(6_000)
      await requireWritable(database.url)
      expect(write).toHaveBeenCalledTimes(2)
    } finally {
      write.mockRestore()
      vi.useRealTimers()
    }
  })

  it('says in the log where the disk is full, once, and to strangers no path; and is ready again', async () => {
    const full = diskProblem({ code: 'SQLITE_FULL' }, '/srv/state')
    const write = vi.spyOn(repository, 'writeProbe').mockRejectedValue(full)
    const before = api.logged.length
    for (let i = 0; i < 5; i++) {
      const answer = await api.call('nobody', ready, 'GET')
      expect(answer).toMatchObject({ status: 503, body: { ready: false, checks: { migrations: 'ok' } } })
      expect(JSON.stringify(answer.body)).toContain('is full')
      expect(JSON.stringify(answer.body)).not.toContain('/')
    }
    write.mockRestore()
    const said = api.logged.slice(before).filter((line) => line.includes('not ready'))
    expect(said).toHaveLength(1)
    expect(said[0]).toContain('/srv/state is full')
    forgetProbe()
    expect((await api.call('nobody', ready, 'GET')).body).toMatchObject({ checks: { database: 'ok' } })
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
