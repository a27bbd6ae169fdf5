import type { Db } from '@/lib/db/client'
import type { ChangeEvent } from '@/lib/events/schema'

/** What is changed in waves: one resource, or a backend with everything that is made of it. */
export interface RolloutSubject {
  kind: string
  id: string
}

/** What a rollout must know of a kind of resource. A `wish` is stored with the operation as JSON, in words of the kind. */
export interface RolloutKind {
  readonly name: string
  /** Of its events on the bus. */
  readonly topic: ChangeEvent['topic']
  /** Nothing of this resource is sent to these hosts until the operation comes to them. */
  hold(tx: Db, id: string, hostIds: readonly string[], operationId: string): Promise<void>
  /** Returns how many rows were held. */
  release(tx: Db, operationIds: readonly string[], hostIds?: readonly string[]): Promise<number>
  /** Ids of the operations that hold something. */
  findHolders(db: Db): Promise<string[]>
  /** What is wanted of the subject now, to return to. */
  remember(tx: Db, subject: RolloutSubject): Promise<readonly { id: string; wish: unknown }[]>
  /**
   * Returns to the wish: hosts that have the change are told so, the others never hear of it. `hostIds`: the hosts of the rollout.
   * Throws `conflict` when that cannot be done any more.
   */
  restore(tx: Db, id: string, wish: unknown, hostIds: ReadonlySet<string>, at: Date): Promise<void>
  /** Hosts that were not reached keep what they have. Throws `conflict` when they could not. `of`: what is changed by the rollout. */
  leaveAsIs(tx: Db, id: string, wish: unknown, operationId: string, of: 'resource' | 'backend'): Promise<void>
}
