import type { FieldChange, HostStep, PlanAction, PlannedHost } from '@/lib/plans/schema'
import type { Snapshot } from '@/lib/plans/snapshot'
import type { PlannedWave } from '@/lib/rollouts/waves'

/** One resource that a change concerns, and on which hosts. */
export interface Touched {
  kind: string
  id: string
  hostIds: readonly string[]
}

/** A change that has been tried: the stored state before it and after it, and which hosts have something to do. */
export interface TriedChange {
  action: PlanAction
  target: { kind: 'mount' | 'backend'; id: string; name: string }
  /** Ids of what it makes, other ones at each attempt. */
  creates?: readonly string[]
  /** The request as it was parsed. Secrets in it reach nothing but the fingerprint. */
  request: unknown
  before: Snapshot
  after: Snapshot
  touched: readonly Touched[]
  /** Of a rollout. */
  waves?: readonly PlannedWave[] | null
}

/** What a plan rests on, part by part, as far as one kind is concerned; each is compared as JSON. */
export interface Foundation {
  definition: unknown[]
  hosts: unknown[]
  wishes: unknown[]
  shown: unknown[]
}

/** How changes of a kind of resource are planned. */
export interface PlanKind {
  readonly name: string
  /** Its steps, in the words that stand before "3 hosts". */
  readonly words: readonly (readonly [HostStep, string])[]
  /** What the change does on each host. `waveOf`: from 1, in a rollout. */
  hosts(tried: TriedChange, waveOf: (hostId: string) => number | null): PlannedHost[]
  /** What of its definition is changed. */
  changes(tried: TriedChange): FieldChange[]
  foundation(tried: TriedChange): Foundation
}

/** The id as a plan rests on it: what is made has another one at each attempt. */
export function lastingId({ creates = [] }: Pick<TriedChange, 'creates'>, id: string): string {
  return creates.includes(id) ? 'new' : id
}
