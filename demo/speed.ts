import type { Db } from '@/lib/db/client'
import { insertRows } from '@/lib/db/insert-rows'
import { findSeriesIds, keyOf, makeSeries } from '@/lib/monitoring/activity/repository'
import { ACTIVITY_STEPS, type Activity, newestMsOf, sumsOf } from '@/lib/monitoring/activity/samples'
import { DAY_MS, MINUTE_MS, slotsBetween } from '@/lib/monitoring/steps'

const MIB = 1_048_576
/** A mount has a past on so many of its hosts, those that wait longest: the page shows these first. */
const HOSTS_WITH_PAST = 3

/** What the kernel counts for a type, and how long its storages take to answer. */
const TRAITS: Record<string, { of: 'mount' | 'disk' | null; answersMs: number; readMib: number }> = {
  nfs: { of: 'mount', answersMs: 1.4, readMib: 38 },
  'local-dir': { of: 'disk', answersMs: 0.6, readMib: 110 },
  cifs: { of: null, answersMs: 3.1, readMib: 0 },
  s3: { of: null, answersMs: 46, readMib: 0 },
  http: { of: null, answersMs: 62, readMib: 0 },
}

/** Between 0 and 1, for each host another: the nearer to 1, the slower storages answer it. */
function apartOf(hostId: string): number {
  return [...hostId].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 97, 7) / 97
}

/** How a mount of the demo does in the minutes before a moment: busy by day, backed up at night, each host a little different. */
export function demoActivity(driver: string, hostId: string, at: Date): Activity {
  const { of, answersMs, readMib } = TRAITS[driver] ?? { of: null, answersMs: 5, readMib: 0 }
  const hour = (at.getTime() / 3_600_000) % 24
  const apart = apartOf(hostId)
  const day = Math.max(0.08, Math.sin(((hour - 6) / 24) * 2 * Math.PI)) * (0.7 + 0.6 * apart)
  const wave = 1 + 0.25 * Math.sin(at.getTime() / 1_700_000 + apart * 20)
  const backup = hour >= 1 && hour < 3 ? 1 : 0
  const operationsPerSecond = (40 + 900 * day * wave) * (0.5 + apart)
  const mean = answersMs * (0.6 + apart) * (1 + 0.5 * day + 2 * backup) * (0.9 + 0.1 * wave)
  return {
    seconds: 300,
    latencyMs: { mean, most: mean * (4 + 6 * apart) },
    io: of && {
      of,
      readBytesPerSecond: readMib * MIB * (day * wave + 2.5 * backup),
      writtenBytesPerSecond: readMib * MIB * 0.3 * day * wave,
      operationsPerSecond,
      responseMs: mean * 0.8,
    },
  }
}

/** What would have been told of some hosts of each mount until `now`, which is when the demo began. */
export async function fillSpeed(db: Db, now: Date): Promise<void> {
  const mounts = await db.mount.findMany({
    select: {
      id: true,
      backend: { select: { driver: true } },
      hosts: { where: { removed: false }, select: { hostId: true } },
    },
  })
  const all = mounts.flatMap(({ id, backend, hosts }) =>
    hosts
      .toSorted((a, b) => apartOf(b.hostId) - apartOf(a.hostId))
      .slice(0, HOSTS_WITH_PAST)
      .map(({ hostId }) => ({ mountId: id, hostId, driver: backend.driver })),
  )
  await makeSeries(db, all)
  const ids = await findSeriesIds(db)
  for (const { driver, ...of } of all) {
    const seriesId = ids.get(keyOf(of))
    if (seriesId === undefined) continue
    for (const step of ACTIVITY_STEPS) {
      const days = Math.min(step.keptDays, 365)
      const slots = slotsBetween(new Date(now.getTime() - days * DAY_MS), now, step).slice(0, -1)
      const rows = slots.map((slot) => {
        // In the middle of its stretch; that of a day is noon.
        const at = new Date((slot + step.minutes / 2) * MINUTE_MS)
        return {
          step: step.minutes,
          slot,
          seriesId,
          newestMs: newestMsOf(at, step),
          ...sumsOf(demoActivity(driver, of.hostId, at)),
        }
      })
      await insertRows(db, 'ActivityPoint', rows)
    }
  }
}
