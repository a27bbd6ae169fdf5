import Sqlite from 'better-sqlite3'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { GET as getAccount } from '@/app/api/v1/account/route'
import { DELETE as endSession } from '@/app/api/v1/sessions/[id]/route'
import { forgetActors } from '@/lib/auth/actor-cache'
import { useTestApi } from '@/testing/api'
import { useTestDatabase } from '@/testing/database'

describe('while another process keeps the database to itself', () => {
  const database = useTestDatabase('sqlite')
  const api = useTestApi(database)
  afterEach(() => void vi.restoreAllMocks())

  it('who reads is served, and who changes something is told to try again', async () => {
    const browser = await api.browser('viewer')
    const params = { id: browser.sessionId }
    const anHourMs = 60 * 60_000
    const seen = () => database.prisma.session.findUniqueOrThrow({ where: params, select: { lastSeenAt: true } })
    const lastSeenAt = new Date(Date.now() - 10 * 60_000)
    await database.prisma.session.update({ where: params, data: { lastSeenAt } })
    forgetActors()
    const other = new Sqlite(database.url.replace(/^file:/, ''))
    other.exec('BEGIN IMMEDIATE')
    // Nobody waits for it in a test.
    let time = performance.now()
    vi.spyOn(performance, 'now').mockImplementation(() => (time += anHourMs))
    expect((await api.call(browser, getAccount, 'GET')).status).toBe(200)
    expect(await seen()).toEqual({ lastSeenAt })
    const refused = await api.call(browser, endSession, 'DELETE', { params })
    expect(refused.problem()).toMatchObject({ status: 503, detail: 'The database is too busy; try again in a moment.' })
    other.exec('ROLLBACK')
    other.close()
    forgetActors()
    expect((await api.call(browser, getAccount, 'GET')).status).toBe(200)
    expect((await seen()).lastSeenAt.getTime()).toBeGreaterThan(lastSeenAt.getTime())
  })
})
