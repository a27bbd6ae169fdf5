import 'server-only'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import { forgetActors } from '@/lib/auth/actor-cache'
import { requireHeld } from '@/lib/auth/grants'
import * as repository from '@/lib/auth/repository'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import type { Role } from '@/lib/users/schema'
import { SignInRules } from '@/lib/users/second-factor-schema'

const DEFAULT: SignInRules = { second_factor: 'optional' }

async function currentRules(): Promise<SignInRules> {
  const stored = SignInRules.safeParse(await repository.findSignInRules())
  return stored.success ? stored.data : DEFAULT
}

export function getSignInRules(actor: Actor): Promise<SignInRules> {
  authorize(actor, 'users.admin')
  return currentRules()
}

/** From the next request on. Throws `conflict` when it would leave the one who sets it outside until they set up a factor of their own. */
export async function setSignInRules(actor: Actor, given: SignInRules): Promise<SignInRules> {
  authorize(actor, 'users.admin')
  // It decides how administrators come in.
  requireHeld(actor, 'admin')
  if (given.second_factor !== 'optional' && (await lacksFactor(actor))) {
    throw new HoldfastError('conflict', 'You have no second factor yourself; set one up first.')
  }
  const before = await currentRules()
  await inTransaction(async (tx) => {
    await repository.saveSignInRules(tx, given)
    await recordAudit(tx, actor, {
      action: 'sign_in_rules.updated',
      target: { kind: 'setting', id: 'sign_in_rules', name: 'Sign-in' },
      change: { before, after: given },
    })
  })
  forgetActors()
  return given
}

type Owner = NonNullable<Awaited<ReturnType<typeof repository.findSessionWithUser>>>['user']

/** Is a second factor required of this user, who has none? Those of single sign-on have theirs at the provider. */
export async function mustEnrol(user: Owner): Promise<boolean> {
  return hasNone(user) && isCovered(user.role, await currentRules())
}

function hasNone(user: Owner): boolean {
  return user.oidcSubject === null && user.totp?.confirmedAt == null && user._count.passkeys === 0
}

function isCovered(role: Role, { second_factor: required }: SignInRules): boolean {
  return required === 'everyone' || (required === 'administrators' && role === 'admin')
}

/** API tokens and the command line come in without any. */
async function lacksFactor({ sessionId }: Actor): Promise<boolean> {
  const session = sessionId === undefined ? null : await repository.findSessionWithUser(sessionId)
  return session !== null && hasNone(session.user)
}
