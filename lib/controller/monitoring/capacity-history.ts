import { inRounds, type RoundTimes } from '@/lib/controller/monitoring/rounds'
import type { PrismaClient } from '@/lib/db/client'
import { retryContention } from '@/lib/db/conflict'
import { plainTransaction } from '@/lib/db/plain-sql'
import type { Log } from '@/lib/log'
import { findBackends, findMounts, findPools, findProvisioned } from '@/lib/monitoring/figures-repository'
import { countedOnce, FLEET, sumOf } from '@/lib/monitoring/fleet'
import { refreshForecasts } from '@/lib/monitoring/forecasts'
import {
  findSeriesIds,
  makeSeries,
  pruneGone,
  pruneOld,
  type SeriesSample,
  savePoints,
} from '@/lib/monitoring/history-repository'
import { keyOf, type Sample, samplesOfBackends, samplesOfMounts, samplesOfPools } from '@/lib/monitoring/measured'
import { DAY_MS, FINE } from '@/lib/monitoring/steps'

export type CapacityHistorySettings = Required<RoundTimes>

const DEFAULTS: CapacityHistorySettings = { everyMs: 5 * 60_000, firstMs: 30_000, jitterMs: 30_000 }

/** It goes by one level a day: more often it would say the same. */
const FORECAST_MS = 60 * 60_000

/** Three points each; a writer beside this one waits for one of these. */
const SAMPLES_PER_TRANSACTION = 200

export interface CapacityHistoryParts {
  prisma: PrismaClient
  log: Log
  isLeader(): boolean
}

/** `toldAt`: when it was measured by the clock of its host, in milliseconds. */
type Told = Sample & { toldAt: number }

/**
 * Keeps what was measured of the room of storages. It asks no host: agents measure by themselves and tell it in the answer to the sweep,
 * and what is stored of that is looked at here every five minutes.
 */
export class CapacityHistory {
  readonly #parts: CapacityHistoryParts
  readonly #settings: CapacityHistorySettings
  readonly #stop = new AbortController()
  /** `toldAt` of the newest sample of each series that this controller has stored. */
  readonly #stored = new Map<string, number>()
  #forecastAtMs = 0
  #running: Promise<void> | undefined

  constructor(parts: CapacityHistoryParts, settings: Partial<CapacityHistorySettings> = {}) {
    this.#parts = parts
    this.#settings = { ...DEFAULTS, ...settings }
  }

  start(): void {
    this.#running ??= inRounds(this.#settings, this.#stop.signal, () => this.#round())
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async #round(): Promise<void> {
    await this.look().catch((error: unknown) => this.#parts.log.error('the room of storages was not kept', { error }))
    await this.#forecastIfDue().catch((error: unknown) => this.#parts.log.error('nothing was forecast', { error }))
  }

  /** Stores what was measured since the last look; returns how many samples that were. */
  async look(now = new Date()): Promise<number> {
    if (!this.#parts.isLeader()) return 0
    const { samples: known, sum } = await this.#known(now)
    const news = known.filter((sample) => this.#stored.get(keyOf(sample)) !== sample.toldAt)
    if (news.length === 0) return 0
    const { prisma } = this.#parts
    const ids = await this.#seriesIds(sum === null ? news : [...news, sum])
    const samples = news
      .flatMap((sample): (Told & SeriesSample)[] => {
        const seriesId = ids.get(keyOf(sample))
        return seriesId === undefined ? [] : [{ ...sample, seriesId }]
      })
      .sort((a, b) => a.seriesId - b.seriesId)
    for (let from = 0; from < samples.length && !this.#stop.signal.aborted; from += SAMPLES_PER_TRANSACTION) {
      const some = samples.slice(from, from + SAMPLES_PER_TRANSACTION)
      await retryContention(() => plainTransaction(prisma, (tx) => savePoints(tx, some)))
      for (const sample of some) this.#stored.set(keyOf(sample), sample.toldAt)
    }
    const seriesId = sum === null ? undefined : ids.get(keyOf(sum))
    if (sum !== null && seriesId !== undefined) await retryContention(() => savePoints(prisma, [{ ...sum, seriesId }]))
    return samples.length
  }

  async #forecastIfDue(): Promise<void> {
    if (this.#parts.isLeader() && Date.now() - this.#forecastAtMs >= FORECAST_MS) await this.forecast()
  }

  /** Says anew of all storages when they will be full; returns of how many that has changed. */
  forecast(now = new Date()): Promise<number> {
    this.#forecastAtMs = now.getTime()
    return refreshForecasts(this.#parts.prisma, now)
  }

  /** Deletes what nobody asks for any more. */
  async prune(now: Date): Promise<{ capacityPoints: number; capacitySeries: number }> {
    const { prisma } = this.#parts
    return { capacityPoints: await pruneOld(prisma, now), capacitySeries: await pruneGone(prisma, now) }
  }

  /**
   * One of each series, the newest, and all together. A host whose clock is ahead has measured now; what is older than the history keeps
   * is left out.
   */
  async #known(now: Date): Promise<{ samples: Told[]; sum: Sample | null }> {
    const { prisma } = this.#parts
    const pools = await findPools(prisma)
    const oldest = new Date(now.getTime() - FINE.keptDays * DAY_MS)
    const found = [
      ...samplesOfBackends(await findBackends(prisma, oldest)),
      ...samplesOfMounts(await findMounts(prisma)),
      ...samplesOfPools(pools, await findProvisioned(prisma)),
    ]
    const newest = new Map<string, Told>()
    for (const sample of found) {
      const key = keyOf(sample)
      const toldAt = sample.at.getTime()
      const isOld = sample.at < oldest || toldAt < (newest.get(key)?.toldAt ?? 0)
      if (!isOld) newest.set(key, { ...sample, at: sample.at > now ? now : sample.at, toldAt })
    }
    const samples = [...newest.values()]
    const room = sumOf([...countedOnce(samples, pools).values()].flat())
    if (room === null) return { samples, sum: null }
    const none = { metadataPercent: null, totalInodes: null, usedInodes: null, provisionedBytes: null }
    return { samples, sum: { subjectId: FLEET, hostId: null, at: now, ...room, ...none } }
  }

  async #seriesIds(samples: readonly Sample[]): Promise<Map<string, number>> {
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
