import path from 'node:path'
import Database from 'better-sqlite3'
import { stateDir } from '@/e2e/console/support/run'
import { DAILY, DAY_MS, HOURLY, MINUTE_MS, slotsBetween } from '@/lib/monitoring/steps'

const GIB = 2 ** 30
/** An hour of a day of growth, as the points of hours have it. */
const SPANS = [
  { step: HOURLY, days: 7 },
  { step: DAILY, days: 60 },
] as const

/**
 * A past for a storage that a host has for itself, straight into the database: of 1,000 GiB 900 are used now, 10 more each day for two
 * months. It is full in ten days, as the controller that leads would have reckoned.
 */
export function givePast(subjectId: string, hostId: string): void {
  const database = new Database(path.join(stateDir(), 'holdfast.db'), { timeout: 10_000 })
  const now = new Date()
  try {
    const fullAt = new Date(now.getTime() + 10 * DAY_MS).toISOString().replace('Z', '+00:00')
    const { lastInsertRowid: series } = database
      .prepare('INSERT INTO CapacitySeries (subjectId, hostId, fullAt, growthBytesPerDay) VALUES (?, ?, ?, ?)')
      .run(subjectId, hostId, fullAt, 10 * GIB)
    const insert = database.prepare(
      `INSERT INTO CapacityPoint (step, slot, seriesId, totalBytes, usedBytes, availableBytes, leastUsedBytes, mostUsedBytes)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    database.transaction(() => {
      for (const { step, days } of SPANS)
        for (const slot of slotsBetween(new Date(now.getTime() - days * DAY_MS), now, step)) {
          const age = Math.max(0, now.getTime() - (slot + step.minutes) * MINUTE_MS) / DAY_MS
          const used = Math.round((900 - 10 * age) * GIB)
          insert.run(step.minutes, slot, series, 1_000 * GIB, used, 1_000 * GIB - used, used, used)
        }
    })()
  } finally {
    database.close()
  }
}
