import { dayOf, firstDay } from '@/lib/availability/days'
import type { Db } from '@/lib/db/client'
import { insertRows } from '@/lib/db/insert-rows'
import { DAY_MS } from '@/lib/monitoring/steps'
import { makeReach, type Pair } from '@/lib/reachability/rows'

/** When a storage could not be used, for how long, and how often it stopped then. */
interface Outage {
  daysAgo: number
  minutes: number
  times: number
  /** It failed on one host in so many. */
  oneIn: number
}

/** By backend; the others have always worked. */
const OUTAGES: Readonly<Record<string, readonly Outage[]>> = {
  'nas-fra1': [{ daysAgo: 17, minutes: 4, times: 1, oneIn: 1 }],
  'nas-ams2-archive': [
    { daysAgo: 22, minutes: 9, times: 2, oneIn: 2 },
    { daysAgo: 9, minutes: 31, times: 1, oneIn: 1 },
  ],
  'objects-uploads': [
    { daysAgo: 12, minutes: 3, times: 3, oneIn: 3 },
    { daysAgo: 6, minutes: 2, times: 2, oneIn: 4 },
  ],
  // More than its objective leaves.
  'office-files': [{ daysAgo: 4, minutes: 95, times: 2, oneIn: 1 }],
}

const DAY_SECONDS = DAY_MS / 1000

/** What would have been counted on the days before `now`, which is when the demo began; the controller goes on from there. */
export async function fillAvailability(db: Db, now: Date): Promise<void> {
  const pairs = await findWanted(db)
  await makeReach(db, pairs)
  await db.reach.updateMany({ where: { countedUntil: null }, data: { countedUntil: now } })
  const rows = await db.reach.findMany({
    where: { backendId: { in: pairs.map(({ backendId }) => backendId) } },
    select: { id: true, backend: { select: { name: true } } },
    orderBy: { id: 'asc' },
  })
  const today = dayOf(now)
  const days = rows.flatMap(({ id: reachId, backend }, at) => {
    const outages = (OUTAGES[backend.name] ?? []).filter(({ oneIn }) => at % oneIn === 0)
    return Array.from({ length: today - firstDay(now) + 1 }, (_, daysAgo) => {
      const length = daysAgo === 0 ? (now.getTime() % DAY_MS) / 1000 : DAY_SECONDS
      const outage = outages.find((one) => one.daysAgo === daysAgo)
      const failingSeconds = (outage?.minutes ?? 0) * 60
      const wellSeconds = length - failingSeconds
      return { reachId, day: today - daysAgo, wellSeconds, failingSeconds, outages: outage?.times ?? 0 }
    })
  })
  await insertRows(db, 'HealthDay', days)
}

async function findWanted(db: Db): Promise<Pair[]> {
  const mounts = await db.mountOnHost.findMany({
    where: { removed: false, desiredState: 'mounted' },
    select: { hostId: true, mount: { select: { backendId: true } } },
  })
  const connections = await db.backendOnHost.findMany({
    where: { desired: 'connected' },
    select: { hostId: true, backendId: true },
  })
  return [...mounts.map(({ hostId, mount }) => ({ hostId, backendId: mount.backendId })), ...connections]
}
