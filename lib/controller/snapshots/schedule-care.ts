import type { EpochParts } from '@/lib/controller/leadership/epoch'
import {
  type Act,
  begin,
  type CaredVolume,
  change,
  type Ended,
  findDue,
  findEnded,
  findNew,
  findPrunable,
  findTaken,
  type Started,
  startDelete,
  startSnapshot,
  type Turn,
  TurnTaken,
} from '@/lib/controller/snapshots/schedule-care-repository'
import type { Db, PrismaClient } from '@/lib/db/client'
import { retryContention } from '@/lib/db/conflict'
import type { Bus } from '@/lib/events/bus'
import type { Log } from '@/lib/log'
import { keptOf } from '@/lib/snapshots/keep'
import { snapshotsRefused } from '@/lib/snapshots/refusal'
import { dueAfter, keepOf, scheduleOf } from '@/lib/snapshots/schedule'
import { refusedByThinPool } from '@/lib/volumes/thin-room'

/** In whose name the controller asks for what is due. */
const ITSELF = 'Holdfast'
/** What has failed is tried again after this, then after twice as long, and so on, at the latest when the next one is due. */
const RETRY_MS = 5 * 60_000

export interface ScheduleCareParts {
  prisma: PrismaClient
  bus: Bus
  log: Log
  audit: EpochParts['audit']
}

/**
 * Takes snapshots when schedules say so, and deletes those that they took and need no more. What fell due while nothing could be done is
 * made once. It is called with each look at the pools, never twice at once.
 */
export class ScheduleCare {
  readonly #parts: ScheduleCareParts

  constructor(parts: ScheduleCareParts) {
    this.#parts = parts
  }

  async look(now: Date): Promise<void> {
    const { prisma } = this.#parts
    for (const ended of await findEnded(prisma, now)) await this.#apart(ended.turn, () => this.#settle(ended, now))
    for (const volume of await findNew(prisma)) await this.#begin(volume)
    for (const turn of await findDue(prisma, now)) await this.#apart(turn, () => this.#take(turn, now))
    for (const turn of await findPrunable(prisma, now)) await this.#apart(turn, () => this.#prune(turn))
  }

  /** What goes wrong with one volume keeps none of the others from its turn. */
  async #apart({ volumeId }: Turn, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (error instanceof TurnTaken) return
      this.#parts.log.error('a schedule could not be looked after', { volumeId, error })
    }
  }

  /** Its first time is counted from when there was a volume and a schedule, so that one that has passed since is made. */
  async #begin(volume: CaredVolume): Promise<void> {
    const schedule = scheduleOf(volume)
    if (schedule === null) return
    const from = new Date(Math.max(schedule.since.getTime(), volume.createdAt.getTime()))
    const nextAt = dueAfter(schedule, from)
    if (nextAt !== null) await this.#write((tx) => begin(tx, volume.id, nextAt))
  }

  async #take(turn: Turn, now: Date): Promise<void> {
    const nextAt = dueAfter(scheduleOf(turn.volume), now)
    if (nextAt === null) return
    if (snapshotsRefused(turn.volume) !== null) {
      // Its page says why; that a pool has such volumes too is nothing that went wrong.
      await this.#write((tx) => change(tx, turn, { nextAt }))
      return
    }
    const reason = refusedByRoom(turn.volume)
    if (reason !== null) return this.#failed(turn, 'snapshot', reason, now)
    await this.#start(turn, (tx) => startSnapshot(tx, turn, now, nextAt, ITSELF))
  }

  /** One at a time, the oldest first; the next look finds the next. */
  async #prune(turn: Turn): Promise<void> {
    const { prisma, audit } = this.#parts
    const schedule = scheduleOf(turn.volume)
    if (schedule === null) return
    const taken = await findTaken(prisma, turn.volumeId)
    const kept = keptOf(taken, keepOf(schedule), schedule.timeZone)
    const oldest = taken.find(({ id }) => !kept.has(id))
    if (oldest === undefined) {
      await this.#write((tx) => change(tx, turn, { pruneAt: null }))
      return
    }
    await this.#start(turn, async (tx) => {
      const started = await startDelete(tx, turn, oldest, ITSELF)
      const { id: volume, name, poolId: pool } = turn.volume
      if (started === null) return null
      const { operation, summary } = started
      const what = { summary, volume, name, pool, thing: oldest.id, snapshot: oldest.name, operation }
      await audit(tx, { action: 'volume.snapshot_deleted', change: what })
      return started
    })
  }

  async #start(turn: Turn, start: (tx: Db) => Promise<Started | null>): Promise<void> {
    const { bus, log } = this.#parts
    const started = await this.#write(start)
    if (started === null) return
    log.info('a schedule works on a volume', { volumeId: turn.volumeId, ...started })
    bus.publish({ topic: 'operation', id: started.operation, kind: 'wanted' })
    bus.publish({ topic: 'volume', id: turn.volumeId, kind: 'changed' })
  }

  async #settle({ turn, status, error, startedAt }: Ended, now: Date): Promise<void> {
    const act = turn.doing === 'deleteSnapshot' ? 'deleteSnapshot' : 'snapshot'
    if (status === 'failed') return this.#failed(turn, act, error ?? 'It failed; its operation says why.', now)
    const isDone = status === 'succeeded'
    const mended = isDone && turn.failing === act
    await this.#write((tx) =>
      change(tx, turn, {
        operationId: null,
        doing: null,
        ...(isDone && act === 'snapshot' ? { lastAt: startedAt, pruneAt: now } : {}),
        ...(mended ? { failing: null, failures: 0, failedSince: null, error: null } : {}),
      }),
    )
    this.#parts.bus.publish({ topic: 'volume', id: turn.volumeId, kind: 'changed' })
  }

  async #failed(turn: Turn, act: Act, error: string, now: Date): Promise<void> {
    const failures = turn.failing === act ? turn.failures + 1 : 1
    const again = new Date(now.getTime() + RETRY_MS * 2 ** Math.min(failures - 1, 10))
    const regular = dueAfter(scheduleOf(turn.volume), now) ?? again
    const next = act === 'deleteSnapshot' ? { pruneAt: again } : { nextAt: again < regular ? again : regular }
    await this.#write((tx) =>
      change(tx, turn, {
        operationId: null,
        doing: null,
        failing: act,
        failures,
        failedSince: turn.failing === act ? turn.failedSince : now,
        error,
        ...next,
      }),
    )
    this.#parts.log.warn('a schedule could not work on a volume', { volumeId: turn.volumeId, act, error })
    this.#parts.bus.publish({ topic: 'volume', id: turn.volumeId, kind: 'changed' })
  }

  #write<T>(work: (tx: Db) => Promise<T>): Promise<T> {
    return retryContention(() => this.#parts.prisma.$transaction(work))
  }
}

function refusedByRoom({ pool, hostId }: CaredVolume): string | null {
  const row = pool.hosts.find((each) => each.hostId === hostId)
  return refusedByThinPool(pool.name, row)
}
