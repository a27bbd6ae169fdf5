import 'server-only'
import { type Actor, systemActor } from '@/lib/auth/actor'
import { forgetActors } from '@/lib/auth/actor-cache'
import { hashOpaqueToken, newOpaqueToken } from '@/lib/auth/opaque-token'
import { hashPassword } from '@/lib/auth/passwords'
import * as repository from '@/lib/auth/repository'
import { inTransaction } from '@/lib/db/transaction'
import type { Env } from '@/lib/env'
import { HoldfastError } from '@/lib/errors'
import type { UserView } from '@/lib/users/schema'
import { hasNoUsers, insertUser } from '@/lib/users/service'

const LINK_LASTS_MS = 24 * 3_600_000

/**
 * The one-time address at which the first administrator is made; null when there is a user already. Each call makes a new
 * link and ends the earlier one. The token is in the fragment, which browsers send to nobody.
 */
export async function createSetupLink(env: Pick<Env, 'publicUrl'>, now = new Date()): Promise<string | null> {
  if (!(await hasNoUsers())) return null
  const token = newOpaqueToken('hfs')
  const expiresAt = new Date(now.getTime() + LINK_LASTS_MS)
  await inTransaction((tx) => repository.replaceSetupToken(tx, hashOpaqueToken(token), now, expiresAt))
  return `${env.publicUrl}/setup#${token}`
}

/** Makes the first administrator. The link works once, and only while there is no user. Throws `forbidden`. */
export async function setUp(
  actor: Actor,
  given: { token: string; username: string; password: string },
  now = new Date(),
): Promise<UserView> {
  if (!(await hasNoUsers())) throw new HoldfastError('conflict', 'Holdfast is set up already; sign in instead.')
  const passwordHash = await hashPassword(given.password)
  const user = await inTransaction(async (tx) => {
    if (!(await repository.useSetupToken(tx, hashOpaqueToken(given.token), now))) {
      throw new HoldfastError('forbidden', 'This setup link is not valid any more; restart Holdfast for a new one.')
    }
    if (!(await hasNoUsers(tx))) throw new HoldfastError('conflict', 'Holdfast is set up already; sign in instead.')
    const by = { ...systemActor('setup link'), ...(actor.requestId ? { requestId: actor.requestId } : {}) }
    return insertUser(tx, by, { username: given.username, role: 'admin', passwordHash })
  })
  forgetActors()
  return user
}
