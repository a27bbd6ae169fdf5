import 'server-only'
import type { z } from 'zod'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import { forgetActors, rememberActor } from '@/lib/auth/actor-cache'
import { requireHeld } from '@/lib/auth/grants'
import { hashOpaqueToken, newOpaqueToken } from '@/lib/auth/opaque-token'
import { isPermission, permissionsOf } from '@/lib/auth/permissions'
import { findTokenByHash, findTokenOwner, type TokenRow, touchToken } from '@/lib/auth/repository'
import { badField } from '@/lib/bad-field'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import { publishChanged } from '@/lib/events/process-bus'
import { newId } from '@/lib/ids'
import type { CreateToken, NewToken, TokenView } from '@/lib/users/schema'
import * as repository from '@/lib/users/token-repository'

/** `lastUsedAt` is written at most this often. */
const TOUCH_MS = 60_000
const PREFIX_LENGTH = 9

export async function listTokens(actor: Actor): Promise<{ data: TokenView[]; total: number }> {
  authorize(actor, 'tokens.admin')
  const rows = await repository.findAll()
  return { data: rows.map(viewOf), total: rows.length }
}

/**
 * The answer carries the token, once; only its hash is stored. Nobody can make a token that may do more than they may, and no token
 * one that lasts longer: that ends with it.
 * Throws `invalid_input` for a scope that does not exist or that the role does not have.
 */
export async function createToken(actor: Actor, given: z.output<typeof CreateToken>): Promise<NewToken> {
  authorize(actor, 'tokens.admin')
  const scopes = given.scopes ?? null
  const ofRole = permissionsOf(given.role)
  const unknown = scopes?.find((scope) => !isPermission(scope) || !ofRole.has(scope))
  if (unknown !== undefined) throw badScope(`The role ${given.role} has no permission "${unknown}".`, 'scopes')
  requireHeld(actor, given.role, scopes)
  const token = newOpaqueToken('hf')
  const now = new Date()
  const row = await inTransaction(async (tx) => {
    const inserted = await repository.insert(tx, {
      id: newId('token'),
      name: given.name,
      tokenHash: hashOpaqueToken(token),
      prefix: token.slice(0, PREFIX_LENGTH),
      role: given.role,
      scopes,
      createdBy: actor.name,
      ownerId: (actor.kind === 'user' ? actor.id : actor.ownerId) ?? null,
      createdAt: now,
      expiresAt: earlier(lasting(given.expires_in_days, now), actor.kind === 'token' ? actor.expiresAt : undefined),
      lastUsedAt: null,
      revokedAt: null,
    })
    await recordAudit(tx, actor, {
      action: 'token.created',
      target: { kind: 'token', id: inserted.id, name: inserted.name },
      change: { role: given.role, scopes, expires_at: inserted.expiresAt },
    })
    return inserted
  })
  return { ...viewOf(row), token }
}

function lasting(days: number | null, now: Date): Date | null {
  return days === null ? null : new Date(now.getTime() + days * 86_400_000)
}

/** The first of two ends; null and undefined: never. */
function earlier(one: Date | null, other: Date | undefined): Date | null {
  if (one === null || other === undefined) return one ?? other ?? null
  return one < other ? one : other
}

function badScope(message: string, field: string): HoldfastError {
  return badField(field, message)
}

/** Revoking twice is fine; the next request with it is refused. */
export async function revokeToken(actor: Actor, id: string): Promise<TokenView> {
  authorize(actor, 'tokens.admin')
  const row = await inTransaction(async (tx) => {
    const wasUsable = await repository.revoke(tx, id, new Date())
    const found = await repository.findById(id, tx)
    if (!found) throw new HoldfastError('not_found', 'Token not found')
    if (wasUsable) {
      await recordAudit(tx, actor, { action: 'token.revoked', target: { kind: 'token', id, name: found.name } })
    }
    return found
  })
  forgetActors()
  publishChanged('token', id)
  return viewOf(row)
}

/** Whose token this is; null when it is unknown, revoked or has expired, or when its owner is gone or disabled. */
export function actorOfToken(token: string): Promise<Actor | null> {
  const hash = hashOpaqueToken(token)
  return rememberActor(`token:${hash}`, async () => loadActor(await findTokenByHash(hash), new Date()))
}

/** The same for a token that has been shown before. */
export function actorOfTokenId(id: string): Promise<Actor | null> {
  return rememberActor(`token id:${id}`, async () => loadActor(await repository.findById(id), new Date()))
}

async function loadActor(row: TokenRow | null, now: Date): Promise<Actor | null> {
  if (!row || row.revokedAt !== null || (row.expiresAt !== null && row.expiresAt <= now)) return null
  const owner = row.ownerId === null ? null : await findTokenOwner(row.ownerId)
  if (row.ownerId !== null && (!owner || owner.disabledAt !== null)) return null
  if (now.getTime() - (row.lastUsedAt?.getTime() ?? 0) > TOUCH_MS) await touchToken(row.id, now)
  return {
    kind: 'token',
    id: row.id,
    name: row.name,
    role: row.role,
    // Of these three, what all of them have: its role, its scopes, and the role of its owner now.
    permissions: owner
      ? permissionsOf(owner.role, [...permissionsOf(row.role, scopesOf(row.scopes))])
      : permissionsOf(row.role, scopesOf(row.scopes)),
    ...(row.ownerId === null ? {} : { ownerId: row.ownerId }),
    ...(row.expiresAt === null ? {} : { expiresAt: row.expiresAt }),
  }
}

/** Scopes that cannot be read give nothing, never everything. */
function scopesOf(stored: unknown): string[] | null {
  if (stored === null) return null
  return Array.isArray(stored) ? stored.filter((scope) => typeof scope === 'string') : []
}

function viewOf(row: TokenRow): TokenView {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    role: row.role,
    scopes: scopesOf(row.scopes),
    created_by: row.createdBy,
    created_at: row.createdAt.toISOString(),
    expires_at: row.expiresAt?.toISOString() ?? null,
    last_used_at: row.lastUsedAt?.toISOString() ?? null,
    revoked_at: row.revokedAt?.toISOString() ?? null,
  }
}
