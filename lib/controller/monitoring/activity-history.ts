import { inRounds, type RoundTimes } from '@/lib/controller/monitoring/rounds'
import type { PrismaClient } from '@/lib/db/client'
import { retryContention } from '@/lib/db/conflict'
import { plainTransaction } from '@/lib/db/plain-sql'
import type { Log } from '@/lib/log'
import {
  addSamples,
  findSeriesIds,
  findTold,
  keyOf,
  makeSeries,
  pruneGone,
  pruneOld,
  type SeriesSample,
} from '@/lib/monitoring/activity/repository'
import { ACTIVITY_STEPS, type ActivitySample } from '@/lib/monitoring/activity/samples'
import { DAY_MS } from '@/lib/monitoring/steps'

const DEFAULTS: Required<RoundTimes> = { everyMs: 5 * 60_000, firstMs: 60_000, jitterMs: 30_000 }
/** Three points each; a writer beside this one waits for one of these. */
const SAMPLES_PER_TRANSACTION = 200
const [FINE] = ACTIVITY_STEPS

/** `toldAt`: when it was measured by the clock of its host, in milliseconds. */
type Told = ActivitySample & { toldAt: number }

export interface ActivityHistoryParts {
  prisma: PrismaClient
  log: Log
  isLeader(): boolean
}

/** Keeps how fast mounts are. It asks no host: what agents told with their last measurement is looked at here every five minutes. */
export class ActivityHistory {
  readonly #parts: ActivityHistoryParts
  readonly #settings: Required<RoundTimes>
  readonly #stop = new AbortController()
  /** `toldAt` of the newest sample of each series that this controller has stored. */
  readonly #stored = new Map<string, number>()
  #running: Promise<void> | undefined

  constructor(parts: ActivityHistoryParts, settings: Partial<RoundTimes> = {}) {
    this.#parts = parts
    this.#settings = { ...DEFAULTS, ...settings }
  }

  start(): void {
    this.#running ??= inRounds(this.#settings, this.#stop.signal, async () => {
      await this.look().catch((error: unknown) => this.#parts.log.error('how fast mounts are was not kept', { error }))
    })
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  /** Stores what was told since the last look; returns how many samples that were. */
  async look(now = new Date()): Promise<number> {
    if (!this.#parts.isLeader()) return 0
    const { prisma } = this.#parts
    const news = await this.#news(now)
    if (news.length === 0) return 0
    const ids = await this.#seriesIds(news)
    const samples = news
      .flatMap((sample): (Told & SeriesSample)[] => {
        const seriesId = ids.get(keyOf(sample))
        return seriesId === undefined ? [] : [{ ...sample, seriesId }]
      })
      .sort((a, b) => a.seriesId - b.seriesId)
    for (let from = 0; from < samples.length && !this.#stop.signal.aborted; from += SAMPLES_PER_TRANSACTION) {
      const some = samples.slice(from, from + SAMPLES_PER_TRANSACTION)
      await retryContention(() => plainTransaction(prisma, (tx) => addSamples(tx, some)))
      for (const sample of some) this.#stored.set(keyOf(sample), sample.toldAt)
    }
    return samples.length
  }

  /** Deletes what nobody asks for any more. */
  async prune(now: Date): Promise<{ activityPoints: number; activitySeries: number }> {
    const { prisma } = this.#parts
    return { activityPoints: await pruneOld(prisma, now), activitySeries: await pruneGone(prisma, now) }
  }

  /** A host whose clock is ahead has measured now; what is older than the history keeps is left out. */
  async #news(now: Date): Promise<Told[]> {
    const oldestMs = now.getTime() - FINE.keptDays * DAY_MS
    const found: Told[] = []
    for await (const sample of findTold(this.#parts.prisma)) {
      const toldAt = sample.at.getTime()
      if (toldAt < oldestMs || this.#stored.get(keyOf(sample)) === toldAt) continue
      found.push({ ...sample, at: sample.at > now ? now : sample.at, toldAt })
    }
    return found
  }

  async #seriesIds(samples: readonly ActivitySample[]): Promise<Map<string, number>> {
    const { prisma } = this.#parts
    const known = await findSeriesIds(prisma)
    const missing = samples.filter((sample) => !known.has(keyOf(sample)))
    if (missing.length === 0) return known
    for (let from = 0; from < missing.length; from += SAMPLES_PER_TRANSACTION) {
      const some = missing.slice(from, from + SAMPLES_PER_TRANSACTION)
      await retryContention(() => plainTransaction(prisma, (tx) => makeSeries(tx, some)))
    }
    return findSeriesIds(prisma)
  }
}
