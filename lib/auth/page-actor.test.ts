import { expect, it, vi } from 'vitest'
import type { Actor } from '@/lib/auth/actor'
import { anyPageActor, pageActor } from '@/lib/auth/page-actor'

const person = vi.hoisted(() => ({ mustEnrol: true }))
vi.mock('next/headers', () => ({ headers: async () => new Headers() }))
vi.mock('@/lib/http/runtime', () => ({ runtime: async () => ({ env: {} }) }))
vi.mock('@/lib/auth/session-cookie', () => ({ sessionIdOf: async () => 'ses_1' }))
vi.mock('@/lib/auth/sessions', () => ({
  actorOfSession: async () => ({ kind: 'user', id: 'usr_1', name: 'anna', ...person }) as Actor,
}))

it('leads somebody who has yet to set up a second factor there, from every page but that one', async () => {
  await expect(pageActor()).rejects.toMatchObject({
    digest: expect.stringMatching(/^NEXT_REDIRECT;.*;\/second-factor;/),
  })
  expect(await anyPageActor()).toMatchObject({ id: 'usr_1' })
  person.mustEnrol = false
  expect(await pageActor()).toMatchObject({ id: 'usr_1' })
})
