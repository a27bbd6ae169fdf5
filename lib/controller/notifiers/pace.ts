import type { DueDelivery } from '@/lib/controller/notifiers/deliveries-repository'
import { mayGo, mayGoAt, pacedWith } from '@/lib/notifiers/gather'
import { findNotifier } from '@/lib/notifiers/registry'
import { rulesOf } from '@/lib/notifiers/schema'

/** How many messages one notifier may send now. What programs read has no limit, and is not gathered. */
export class Pace {
  readonly isGathering: boolean
  readonly #most: number
  #pacedAt: Date | null

  constructor({ type, rules, pacedAt }: Pick<DueDelivery['notifier'], 'type' | 'rules' | 'pacedAt'>) {
    this.isGathering = findNotifier(type)?.isForPrograms !== true
    this.#most = rulesOf(rules).most_per_hour
    this.#pacedAt = pacedAt
  }

  left(now: Date): number {
    return this.isGathering ? mayGo(this.#pacedAt, this.#most, now) : Number.POSITIVE_INFINITY
  }

  /** When it may send the next one; null: now. */
  waitsUntil(now: Date): Date | null {
    if (this.left(now) > 0) return null
    return mayGoAt(this.#pacedAt, this.#most, now)
  }

  /** One was taken; returns what is to be remembered, null: nothing. */
  sent(now: Date): Date | null {
    if (!this.isGathering) return null
    this.#pacedAt = pacedWith(this.#pacedAt, this.#most, now)
    return this.#pacedAt
  }
}
