import type { Db } from '@/lib/db/client'
import { insertRows } from '@/lib/db/insert-rows'
import { findSeriesIds, keyOf, makeSeries } from '@/lib/monitoring/activity/repository'
import { ACTIVITY_STEPS, type Activity, mostOf, newestMsOf, sumsOf } from '@/lib/monitoring/activity/samples'
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

const MEAN_FILE_BYTES = 6_400_000
/** What the cache keeps of files that were read and written lately. */
const CACHE_BYTES = 6 * 2 ** 30

/** So many files wait on a host, with what its cache holds. */
export function waitingFiles(files: number) {
  return { files, bytes: files * MEAN_FILE_BYTES, cacheBytes: CACHE_BYTES + files * MEAN_FILE_BYTES }
}

/** What waits on a host to be uploaded: while backups are written at night, and a little by day. Null: nothing is cached there. */
export function demoWaits(driver: string, hostId: string, at: Date) {
  if (driver !== 's3') return null
  const hour = (at.getTime() / 3_600_000) % 24
  const apart = apartOf(hostId)
  const night = hour >= 1 && hour < 3 ? Math.sin(((hour - 1) / 2) * Math.PI) * (60 + 240 * apart) : 0
  const day = 3 * Math.max(0, Math.sin(at.getTime() / 1_300_000 + apart * 20) - 0.6)
  const waits = waitingFiles(Math.round(night + day))
  const level = 0.75 + 0.2 * Math.sin(at.getTime() / 40_000_000 + apart * 9)
  return { ...waits, cacheBytes: Math.round(waits.cacheBytes * level) }
}

/** The time at which most waits in a stretch: that of a day is in the night. */
function worstIn(slot: number, minutes: number): Date {
  return new Date((slot + (minutes > 60 ? 2 * 60 : minutes / 2)) * MINUTE_MS)
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
          ...mostOf(demoWaits(driver, of.hostId, worstIn(slot, step.minutes))),
        }
      })
      await insertRows(db, 'ActivityPoint', rows)
    }
  }
}
