import 'server-only'
import { createHash } from 'node:crypto'
import * as repository from '@/lib/auth/repository'
import { HoldfastError } from '@/lib/errors'
import { networkOf } from '@/lib/server/sockets'

const WINDOW_MS = 15 * 60_000
/** Older rows are of no use to anybody. */
const KEEP_MS = 24 * 3_600_000
const PRUNE_MS = 3_600_000

/**
 * Failures within 15 minutes after which the next try is refused unseen. An unknown account counts like a known one. None of these
 * can be used up by others for somebody on a known device.
 */
export const TRIES = {
  /** Of one account from one address: whoever guesses locks out themselves, and not the owner elsewhere. */
  accountFromAddress: 5,
  /** Of one account from all addresses together: guesses that are spread over many addresses end here. */
  account: 50,
  /** Of one address for all accounts: many people may sit behind one. */
  address: 30,
  /** Of a device on which this account has signed in before; then it counts like any other. */
  device: 10,
  /** Of the current password, asked for again within a session. */
  session: 5,
  /** Of six digits besides the right password, from everywhere: only who has the password can use them up. */
  code: 10,
} as const

export interface Guesser {
  address?: string | undefined
  /** Id of a device that is known for this very account. */
  device?: string | undefined
  session?: string | undefined
}

/** One counted try. */
export interface Attempt {
  ids: number[]
  /** Counters whose earlier failures a good try makes good. The account's from everywhere is not one of them. */
  ownKeys: string[]
}

interface Claim {
  key: string
  limit: number
  isOwn: boolean
}

/**
 * Counts a try before password or claims are looked at, so that many at once cannot all slip through. Throws `rate_limited` with
 * `retry_after` in seconds.
 */
export async function claimAttempt(account: string, from: Guesser, now: Date): Promise<Attempt> {
  await prune(now)
  const accountHash = hashOf(account)
  if (from.device !== undefined) {
    const claim = { key: `device:${from.device} ${accountHash}`, limit: TRIES.device, isOwn: true }
    const outcome = await claimAll([claim], now)
    if ('ids' in outcome) return outcome
  }
  const network = from.address === undefined ? 'unknown' : networkOf(from.address)
  const narrow: Claim =
    from.session === undefined
      ? { key: accountFromAddress(account, from.address), limit: TRIES.accountFromAddress, isOwn: true }
      : { key: `session:${from.session}`, limit: TRIES.session, isOwn: true }
  const claims: Claim[] = [narrow, { key: `account:${accountHash}`, limit: TRIES.account, isOwn: false }]
  if (from.address !== undefined) claims.push({ key: `address:${network}`, limit: TRIES.address, isOwn: false })
  const outcome = await claimAll(claims, now)
  if ('ids' in outcome) return outcome
  throw tooMany(outcome.oldest, now)
}

/** Counts a try of a one-time code of this user, besides the one of the password. Throws `rate_limited`. */
export async function claimCode(userId: string, now: Date): Promise<Attempt> {
  const outcome = await claimAll([{ key: `code:${userId}`, limit: TRIES.code, isOwn: true }], now)
  if ('ids' in outcome) return outcome
  throw tooMany(outcome.oldest, now)
}

/** As if it had not been: it was neither right nor wrong. Earlier failures still count. */
export function withdrawAttempt({ ids }: Attempt): Promise<void> {
  return repository.deleteAttempts(ids)
}

/** After a good try neither it nor the earlier failures of the same guesser count any more. */
export function forgiveAttempt({ ids, ownKeys }: Attempt): Promise<void> {
  return repository.forgiveAttempts(ids, ownKeys)
}

/** Somebody at this address has proved in another way that the account is theirs: earlier failures from there do not count any more. */
export function forgiveFailures(account: string, address: string | undefined): Promise<void> {
  return repository.forgiveAttempts([], [accountFromAddress(account, address)])
}

/** Hashed: people type passwords into the wrong box. */
function hashOf(account: string): string {
  return createHash('sha256').update(account).digest('hex')
}

function accountFromAddress(account: string, address: string | undefined): string {
  return `account:${hashOf(account)} ${address === undefined ? 'unknown' : networkOf(address)}`
}

/** All counters, or none: a try that is refused counts nowhere. */
async function claimAll(claims: readonly Claim[], now: Date): Promise<Attempt | { oldest: Date }> {
  const since = new Date(now.getTime() - WINDOW_MS)
  const ids: number[] = []
  for (const { key, limit } of claims) {
    ids.push(await repository.insertAttempt(key, now))
    const failures = await repository.findFailures(key, since, limit + 1)
    if (failures.length > limit) {
      await repository.deleteAttempts(ids)
      return { oldest: failures[0]?.at ?? now }
    }
  }
  return { ids, ownKeys: claims.filter(({ isOwn }) => isOwn).map(({ key }) => key) }
}

function tooMany(oldest: Date, now: Date): HoldfastError {
  const seconds = Math.max(1, Math.ceil((oldest.getTime() + WINDOW_MS - now.getTime()) / 1000))
  const minutes = Math.ceil(seconds / 60)
  return new HoldfastError('rate_limited', `Too many failed tries. Try again in ${minutes} min.`, {
    details: { retry_after: seconds },
  })
}

let prunedAt = 0

async function prune(now: Date): Promise<void> {
  if (Math.abs(now.getTime() - prunedAt) < PRUNE_MS) return
  prunedAt = now.getTime()
  await repository.deleteAttemptsBefore(new Date(now.getTime() - KEEP_MS))
}
