import type { Stream } from 'node:stream'
import { findControl, type ScreenOf } from '@/lib/consoles/control-repository'
import type { PrismaClient } from '@/lib/db/client'
import type { Log } from '@/lib/log'

/** What was read of the database counts for this long. */
const FRESH_MS = 1_000
/** Whoever has got the keyboard of somebody else begins after this: by then every relay has heard of it. */
const WAIT_MS = FRESH_MS + 250
const LOOK_MS = 700

/**
 * Whether the person at one connection may type on its screen now. It is read anew before what was read gets too old, and who has got
 * the keyboard waits for longer than that, so nowhere do two type at once, whichever controllers their connections lead through.
 */
export class KeyboardTurn {
  readonly #parts: { prisma: PrismaClient; log: Log }
  readonly #of: ScreenOf
  readonly #actorId: string
  #isTheirs = false
  /** By `performance.now()`: when it was asked what is known, and from when on they may type. */
  #askedAt = Number.NEGATIVE_INFINITY
  #from = 0
  #asking: Promise<void> | null = null

  constructor(parts: { prisma: PrismaClient; log: Log }, { actorId, ...of }: ScreenOf & { actorId: string }) {
    this.#parts = parts
    this.#actorId = actorId
    this.#of = of
  }

  /** Calls when it has been lost, until `connection` is over. */
  watch(onLost: () => void, connection: Stream): void {
    const look = setInterval(async () => {
      const had = this.#isTheirs
      await this.#ask()
      if (had && !this.#isTheirs) onLost()
    }, LOOK_MS)
    connection.once('close', () => clearInterval(look))
  }

  /** A promise where the database has to be asked. */
  mayType(): boolean | Promise<boolean> {
    const isFresh = performance.now() - this.#askedAt < FRESH_MS
    return isFresh ? this.#isTurn() : this.#ask().then(() => this.#isTurn())
  }

  #isTurn(): boolean {
    const now = performance.now()
    return this.#isTheirs && now >= this.#from && now - this.#askedAt < FRESH_MS
  }

  #ask(): Promise<void> {
    this.#asking ??= this.#read().finally(() => {
      this.#asking = null
    })
    return this.#asking
  }

  async #read(): Promise<void> {
    const askedAt = performance.now()
    try {
      const control = await findControl(this.#of, this.#parts.prisma)
      const isTheirs = control?.actorId === this.#actorId
      if (isTheirs && !this.#isTheirs && control.isHandover) this.#from = performance.now() + WAIT_MS
      this.#isTheirs = isTheirs
      this.#askedAt = askedAt
    } catch (error) {
      this.#parts.log.warn('it could not be read who types on a screen', { machine: this.#of.machine, error })
    }
  }
}
