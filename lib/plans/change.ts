import 'server-only'
import type { Actor } from '@/lib/auth/actor'
import type { Db } from '@/lib/db/client'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import { keyedDigest } from '@/lib/installation/service'
import type { OperationKind, OperationPayload } from '@/lib/operations/schema'
import { startOperation } from '@/lib/operations/service'
import { fingerprintOf, outdatedBecause, planOf } from '@/lib/plans/plan'
import { takeSnapshot } from '@/lib/plans/repository'
import type { PlanAction, PlanView } from '@/lib/plans/schema'

/** How a change is to be made. */
export interface ChangeOptions {
  /** The generation that the caller has seen. */
  ifMatch?: number | undefined
  /** The fingerprint of a plan: the change is refused when that is no longer true. */
  plan?: string | undefined
  /** Try it and throw `PlanReady`; nothing is written. */
  isTrial?: boolean
}

/** The way out of a change that is only tried: the transaction is rolled back. */
export class PlanReady extends Error {
  readonly plan: PlanView

  constructor(plan: PlanView) {
    super('The change was only tried.')
    this.plan = plan
  }
}

export interface Intent {
  action: PlanAction
  target: { kind: 'mount' | 'backend'; id: string; name: string }
  request: unknown
}

interface Start<K extends OperationKind> {
  kind: K
  target: { kind: string; id: string; name: string }
  payload: OperationPayload<K> & { mountId: string }
  hostIds: readonly string[]
}

/** The transaction of a change of mounts or backends. */
export class Change {
  readonly tx: Db
  readonly touched: { mountId: string; hostIds: readonly string[] }[] = []

  constructor(tx: Db) {
    this.tx = tx
  }

  /** Writes down the operation that carries the change to hosts; see `startOperation`. */
  start<K extends 'mount.apply' | 'mount.remove' | 'mount.abandon'>(actor: Actor, wanted: Start<K>): Promise<string> {
    this.touched.push({ mountId: wanted.payload.mountId, hostIds: wanted.hostIds })
    return startOperation(this.tx, actor, wanted)
  }
}

/**
 * Makes a change in one transaction. The plan of a change is found by making it and looking at what it did: tried, it is rolled
 * back and thrown as `PlanReady`; with a fingerprint, the change stands only when it is still the planned one.
 * Throws `plan_outdated` with the new plan otherwise.
 */
export function inChange<T>(
  intent: Intent,
  options: ChangeOptions,
  work: (tx: Db, change: Change) => Promise<T>,
): Promise<T> {
  return inTransaction(async (tx) => {
    const change = new Change(tx)
    if (!options.isTrial && options.plan === undefined) return work(tx, change)
    const subject = { kind: intent.target.kind, id: intent.target.id }
    const before = await takeSnapshot(tx, subject)
    const result = await work(tx, change)
    const after = await takeSnapshot(tx, subject)
    const tried = { ...intent, before, after, touched: change.touched }
    const plan: PlanView = { plan: fingerprintOf(tried, planDigest), ...planOf(tried) }
    if (options.isTrial) throw new PlanReady(plan)
    refuseOutdated(options.plan, plan)
    return result
  })
}

function planDigest(text: string): string {
  return keyedDigest('holdfast plan', text)
}

function refuseOutdated(given: string | undefined, plan: PlanView): void {
  if (given === undefined) return
  const reasons = outdatedBecause(given, plan.plan)
  if (reasons.length === 0) return
  throw new HoldfastError('plan_outdated', `The plan is no longer true: ${reasons.join('; ')}. Nothing was changed.`, {
    details: { reasons, plan },
  })
}
