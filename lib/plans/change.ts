import 'server-only'
import type { Actor } from '@/lib/auth/actor'
import { keyedDigest } from '@/lib/auth/derived-key'
import type { Db } from '@/lib/db/client'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import type { OperationKind, OperationPayload } from '@/lib/operations/schema'
import { startOperation } from '@/lib/operations/service'
import type { Touched } from '@/lib/plans/kind'
import { fingerprintOf, outdatedBecause, planOf } from '@/lib/plans/plan'
import { takeSnapshot } from '@/lib/plans/repository'
import type { PlanAction, PlanView } from '@/lib/plans/schema'
import { rolloutKind } from '@/lib/rollouts/kinds'
import { findInTheWay, findWaveHosts, rememberBefore } from '@/lib/rollouts/repository'
import type { Before, Rollout, RolloutState } from '@/lib/rollouts/schema'
import { type PlannedWave, wavesFor } from '@/lib/rollouts/waves'

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
  /** Ids of what it makes, other ones at each attempt. */
  creates?: readonly string[]
  /** As it was parsed; with `rollout` the change goes out in waves. */
  request: (Record<string, unknown> & { rollout?: Rollout | undefined }) | null
  /** What it rests on besides its target: a rollout of that is in the way too. */
  restsOn?: string
}

type Target = { kind: string; id: string; name: string }

interface TouchedMount {
  id: string
  name: string
  hostIds: readonly string[]
}

interface Start<K extends OperationKind> {
  kind: K
  target: Target
  payload: OperationPayload<K>
  hostIds: readonly string[]
}

interface Planned {
  rollout: Rollout
  before: Before
}

/** The transaction of a change of resources or backends. */
export class Change {
  readonly tx: Db
  readonly touched: Touched[] = []
  readonly #planned: Planned | undefined
  waves: PlannedWave[] | null = null

  constructor(tx: Db, planned: Planned | undefined) {
    this.tx = tx
    this.#planned = planned
  }

  /** Writes down the operation that carries the change to hosts, at once or in waves; see `startOperation`. */
  async start<K extends OperationKind>(actor: Actor, wanted: Start<K>): Promise<string> {
    const { target, hostIds } = wanted
    this.touched.push({ kind: target.kind, id: target.id, hostIds })
    const rollout = await this.#stateFor(hostIds)
    const operation = await startOperation(this.tx, actor, { ...wanted, rollout })
    if (rollout) await rolloutKind(target.kind).hold(this.tx, target.id, hostIds, operation)
    return operation
  }

  /** A change of a backend: an operation for each of its mounts, or one rollout for all of them, host by host. */
  async startForBackend(actor: Actor, backend: Target, mounts: readonly TouchedMount[]): Promise<string[]> {
    if (!this.#planned || mounts.length === 0) {
      const ids: string[] = []
      for (const { id, name, hostIds } of mounts) {
        const payload = { mountId: id, hostIds: [...hostIds] }
        const target = { kind: 'mount', id, name }
        ids.push(await this.start(actor, { kind: 'mount.apply', target, payload, hostIds }))
      }
      return ids
    }
    const hostIds = [...new Set(mounts.flatMap((mount) => mount.hostIds))]
    const operation = await startOperation(this.tx, actor, {
      kind: 'backend.apply',
      target: backend,
      payload: {
        backendId: backend.id,
        hostIds,
        mounts: mounts.map((mount) => ({ mountId: mount.id, hostIds: [...mount.hostIds] })),
      },
      hostIds,
      rollout: await this.#stateFor(hostIds),
    })
    for (const mount of mounts) {
      this.touched.push({ kind: 'mount', id: mount.id, hostIds: mount.hostIds })
      await rolloutKind('mount').hold(this.tx, mount.id, mount.hostIds, operation)
    }
    return [operation]
  }

  async #stateFor(hostIds: readonly string[]): Promise<RolloutState | undefined> {
    if (!this.#planned) return undefined
    const { rollout, before } = this.#planned
    const waves = wavesFor(rollout.waves, await findWaveHosts(this.tx, hostIds))
    this.waves = waves
    return {
      waves,
      maxFailures: rollout.max_failures,
      pauseSeconds: rollout.pause_seconds,
      wave: 0,
      resumeAt: null,
      retries: 0,
      phase: 'forward',
      outcome: null,
      before,
    }
  }
}

async function refuseDuringRollout(tx: Db, id: string, restsOn: string | undefined): Promise<void> {
  const found = await findInTheWay(tx, id, restsOn)
  if (!found) return
  const words =
    found.status === 'paused'
      ? 'is paused; resume it, roll it back or cancel it first.'
      : 'is under way; wait for its end.'
  throw new HoldfastError('operation_in_progress', `The rollout ${found.id} of '${found.targetName}' ${words}`, {
    details: { operation: { id: found.id, status: found.status } },
  })
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
    const subject = { kind: intent.target.kind, id: intent.target.id }
    await refuseDuringRollout(tx, subject.id, intent.restsOn)
    const { rollout, ...request } = intent.request ?? {}
    const change = new Change(tx, rollout && { rollout, before: await rememberBefore(tx, subject) })
    if (!options.isTrial && options.plan === undefined) return work(tx, change)
    const before = await takeSnapshot(tx, subject)
    const result = await work(tx, change)
    const after = await takeSnapshot(tx, subject)
    const { touched, waves } = change
    const tried = { ...intent, request, before, after, touched, waves }
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
