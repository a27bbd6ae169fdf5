import { expect, it } from 'vitest'
import { DELETE as endSession } from '@/app/api/v1/sessions/[id]/route'
import { DELETE as revokeToken } from '@/app/api/v1/tokens/[id]/route'
import { POST as createToken } from '@/app/api/v1/tokens/route'
import { POST as revokeSessions } from '@/app/api/v1/users/[id]/revoke-sessions/route'
import { DELETE as deleteUser, PATCH as updateUser } from '@/app/api/v1/users/[id]/route'
import { authenticate } from '@/lib/auth/authenticate'
import { endSession as signOut } from '@/lib/auth/sessions'
import { publishChanged } from '@/lib/events/process-bus'
import { changeStream } from '@/lib/events/stream'
import { newId } from '@/lib/ids'
import { NewToken } from '@/lib/users/schema'
import { type TestBrowser, useTestApi } from '@/testing/api'
import { testDatabases } from '@/testing/database'

/** What was promised, and the time of one query on a busy machine. */
const PROMISED_MS = 5_000

testDatabases('an event stream', (database) => {
  const api = useTestApi(database)

  /** Opens a stream with these headers; `ended` is how long it went on after the call, in milliseconds. */
  async function open(headers: Record<string, string>) {
    const { actor } = await authenticate(new Headers(headers), api.env)
    const reader = changeStream(actor, new AbortController().signal).getReader()
    let text = ''
    const end = (async () => {
      for (;;) {
        const { value, done } = await reader.read()
        if (done) return performance.now()
        text += new TextDecoder().decode(value)
      }
    })()
    const ended = async () => {
      const from = performance.now()
      return (await end) - from
    }
    return { ended, text: () => text, close: () => reader.cancel() }
  }

  async function tokenOf(owner: TestBrowser): Promise<{ id: string; headers: Record<string, string> }> {
    const answer = await api.call(owner, createToken, 'POST', { body: { name: 'listens', role: 'viewer' } })
    const { id, token } = answer.data(NewToken)
    return { id, headers: { authorization: `Bearer ${token}` } }
  }

  const ways: [string, (who: TestBrowser, token: { id: string }) => Promise<unknown>, 'browser' | 'token'][] = [
    ['is revoked as a token', (_who, { id }) => api.call('admin', revokeToken, 'DELETE', { params: { id } }), 'token'],
    [
      'is revoked as a token by another process',
      (_who, { id }) => database.prisma.apiToken.update({ where: { id }, data: { revokedAt: new Date() } }),
      'token',
    ],
    [
      'is a token whose owner is deleted',
      (who) => api.call('admin', deleteUser, 'DELETE', { params: { id: who.userId } }),
      'token',
    ],
    [
      'is a token that expires',
      (_who, { id }) => database.prisma.apiToken.update({ where: { id }, data: { expiresAt: new Date() } }),
      'token',
    ],
    ['signs out', (who) => signOut(who.sessionId), 'browser'],
    ['ends that session', (who) => api.call(who, endSession, 'DELETE', { params: { id: who.sessionId } }), 'browser'],
    [
      'is signed out by an administrator',
      (who) => api.call('admin', revokeSessions, 'POST', { params: { id: who.userId } }),
      'browser',
    ],
    [
      'is disabled',
      (who) => api.call('admin', updateUser, 'PATCH', { params: { id: who.userId }, body: { disabled: true } }),
      'browser',
    ],
    [
      'gets another role',
      (who) => api.call('admin', updateUser, 'PATCH', { params: { id: who.userId }, body: { role: 'viewer' } }),
      'browser',
    ],
    ['is deleted', (who) => api.call('admin', deleteUser, 'DELETE', { params: { id: who.userId } }), 'browser'],
    [
      'is disabled by another process',
      (who) => database.prisma.user.update({ where: { id: who.userId }, data: { disabledAt: new Date() } }),
      'browser',
    ],
  ]
  // All at once: those that nobody is told of take their 3 s together.
  it('ends within 5 s when its listener may not come in any more, and nobody else’s does', async () => {
    const bystander = await api.browser('admin')
    const other = await open(bystander.headers)
    await Promise.all(
      ways.map(async ([what, end, as]) => {
        const who = await api.browser('admin')
        const token = await tokenOf(who)
        const stream = await open(as === 'token' ? token.headers : who.headers)
        await end(who, token)
        expect(await stream.ended(), what).toBeLessThan(PROMISED_MS)
      }),
    )
    const id = newId('mount')
    publishChanged('mount', id)
    await expect.poll(() => other.text()).toContain(id)
    await other.close()
  })

  it('goes on with less for a token whose owner may do less', async () => {
    const owner = await api.browser('admin')
    const answer = await api.call(owner, createToken, 'POST', { body: { name: 'sees all', role: 'admin' } })
    const headers = { authorization: `Bearer ${answer.data(NewToken).token}` }
    const stream = await open(headers)
    publishChanged('token', 'tok_before')
    await expect.poll(() => stream.text()).toContain('tok_before')
    await api.call('admin', updateUser, 'PATCH', { params: { id: owner.userId }, body: { role: 'viewer' } })
    // It hears of the change as one that it may see, or not at all; from then on only of what a viewer sees.
    await expect
      .poll(async () => (await authenticate(new Headers(headers), api.env)).actor.permissions.has('tokens.admin'))
      .toBe(false)
    let round = 0
    await expect
      .poll(async () => {
        const [secret, open] = [`tok_${++round}x`, `mnt_${round}x`]
        publishChanged('token', secret)
        publishChanged('mount', open)
        await expect.poll(() => stream.text()).toContain(open)
        return stream.text().includes(secret)
      })
      .toBe(false)
    await stream.close()
  })
})
