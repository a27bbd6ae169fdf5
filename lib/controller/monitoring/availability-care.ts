import { dayOf, firstDay } from '@/lib/availability/days'
import {
  countUntil,
  findChanges,
  findUncounted,
  lastLook,
  noteLook,
  pruneDays,
  saveChanges,
} from '@/lib/controller/monitoring/availability-repository'
import { inRounds, type RoundTimes } from '@/lib/controller/monitoring/rounds'
import type { Db, PrismaClient } from '@/lib/db/client'
import { retryContention } from '@/lib/db/conflict'
import type { Log } from '@/lib/log'
import { coverOf } from '@/lib/maintenance/cover'
import { findLasting } from '@/lib/maintenance/repository'

export type AvailabilitySettings = Pick<RoundTimes, 'everyMs' | 'firstMs'>

const DEFAULTS: AvailabilitySettings = { everyMs: 30_000, firstMs: 30_000 }

/** Nobody has looked for so long: what was meanwhile is not known. */
const GAP_MS = 3 * 60_000
const DAY_MS = 86_400_000

/** A writer beside this one waits for as many. */
const ROWS_PER_TRANSACTION = 200

export interface AvailabilityParts {
  prisma: PrismaClient
  log: Log
  isLeader(): boolean
}

/**
 * Counts for how long storages can be used on the hosts that they are wanted on, on the controller that leads. It asks no host: what hosts
 * show of their mounts and connections is stored already. A row is written when something changes, and once a day.
 */
export class AvailabilityCare {
  readonly #parts: AvailabilityParts
  readonly #settings: AvailabilitySettings
  readonly #stop = new AbortController()
  #running: Promise<void> | undefined

  constructor(parts: AvailabilityParts, settings: Partial<AvailabilitySettings> = {}) {
    this.#parts = parts
    this.#settings = { ...DEFAULTS, ...settings }
  }

  start(): void {
    this.#running ??= inRounds(this.#settings, this.#stop.signal, () =>
      this.look().catch((error: unknown) => this.#parts.log.error('availability could not be counted', { error })),
    )
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async look(now = new Date()): Promise<void> {
    const { prisma, isLeader } = this.#parts
    if (!isLeader()) return
    const last = await lastLook(prisma)
    if (last !== null && Math.abs(now.getTime() - last.getTime()) > GAP_MS) await this.#count(now, last)
    const covered = [...coverOf(await findLasting(now, prisma), now).keys()]
    const changes = await findChanges(prisma, covered)
    for (let from = 0; from < changes.length; from += ROWS_PER_TRANSACTION) {
      const some = changes.slice(from, from + ROWS_PER_TRANSACTION)
      await this.#write((tx) => saveChanges(tx, some, now))
    }
    const today = new Date(dayOf(now) * DAY_MS)
    if (last === null || last < today) await this.#count(today, today)
    await noteLook(prisma, now)
  }

  /** Deletes what counts no more. */
  async prune(now: Date): Promise<{ healthDays: number }> {
    return { healthDays: await pruneDays(this.#parts.prisma, firstDay(now)) }
  }

  /** Adds all time up to `known`; that from there to `now` is not known. */
  async #count(now: Date, known: Date): Promise<void> {
    const { prisma } = this.#parts
    for (;;) {
      const rows = await findUncounted(prisma, now, ROWS_PER_TRANSACTION)
      if (rows.length === 0) return
      await this.#write((tx) => countUntil(tx, rows, known, now))
    }
  }

  #write(work: (tx: Db) => Promise<void>): Promise<void> {
    return retryContention(() => this.#parts.prisma.$transaction(work))
  }
}
