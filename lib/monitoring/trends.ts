import 'server-only'
import { type Actor, authorize } from '@/lib/auth/actor'
import { compareFullness, spaceOfUsage } from '@/lib/fullness'
import { findHostNames } from '@/lib/monitoring/history-repository'
import { findLatest, findShares, findSubjects, type Latest, type Subject } from '@/lib/monitoring/latest-repository'
import { TREND_DAYS, type TrendsQuery, type TrendView } from '@/lib/monitoring/schema'
import { DAILY, DAY_MS, slotsBetween } from '@/lib/monitoring/steps'

/** One storage as it is now: of those that hosts have for themselves, the one that is full first. */
export interface Standing {
  subject: Subject
  latest: Latest
}

/** All storages in short, for lists: one request has what each line of them shows. */
export async function listTrends(actor: Actor, { noun, per }: TrendsQuery, now = new Date()): Promise<TrendView[]> {
  authorize(actor, 'monitoring.read')
  const latest = await findLatest(now)
  const rows = per === 'host' ? latest.filter(({ hostId }) => hostId !== '') : latest
  const standings = await standingsOf(rows, per === 'host' ? ({ hostId }) => hostId : ({ subjectId }) => subjectId)
  return trendViews(noun === undefined ? standings : standings.filter(({ subject }) => subject.noun === noun), now)
}

/** Of all with the same key that are still there, the storage that is full first, or else the fullest. */
async function standingsOf(rows: readonly Latest[], keyOf: (row: Latest) => string): Promise<Standing[]> {
  const subjects = await findSubjects()
  const there = rows.flatMap((latest): Standing[] => {
    const subject = subjects.get(latest.subjectId)
    return subject === undefined ? [] : [{ subject, latest }]
  })
  return [...Map.groupBy(there, ({ latest }) => keyOf(latest)).values()].flatMap(
    (own) => own.toSorted((a, b) => firstFull(a.latest, b.latest))[0] ?? [],
  )
}

/** For `toSorted`. */
export function firstFull(a: Latest, b: Latest): number {
  const when = ({ fullAt }: Latest) => fullAt?.getTime() ?? Number.POSITIVE_INFINITY
  return when(a) === when(b) ? compareFullness(spaceOfUsage(a), spaceOfUsage(b)) : when(a) - when(b)
}

/** Bytes more a day; null: it was not measured long enough. */
export function growthOf({ usedBytes, before }: Latest, now: Date): number | null {
  return before === null ? null : (Number(usedBytes - before.usedBytes) / (now.getTime() - before.atMs)) * DAY_MS
}

export async function trendViews(standings: readonly Standing[], now: Date): Promise<TrendView[]> {
  const slots = slotsBetween(new Date(now.getTime() - (TREND_DAYS - 1) * DAY_MS), now, DAILY)
  const [shares, hosts] = await Promise.all([
    findShares(
      standings.map(({ latest }) => latest.seriesId),
      slots,
    ),
    findHostNames([...new Set(standings.flatMap(({ latest }) => latest.hostId || []))]),
  ])
  return standings.map(({ subject, latest }) => {
    const own = shares.get(latest.seriesId)
    const growth = growthOf(latest, now)
    return {
      noun: subject.noun,
      id: subject.id,
      name: subject.name,
      type: subject.driver,
      host: latest.hostId === '' ? null : { id: latest.hostId, name: hosts.get(latest.hostId) ?? '' },
      total_bytes: latest.totalBytes === null ? null : Number(latest.totalBytes),
      used_bytes: Number(latest.usedBytes),
      available_bytes: latest.availableBytes === null ? null : Number(latest.availableBytes),
      growth_bytes_per_day: growth === null ? null : Math.round(growth),
      full_at: latest.fullAt?.toISOString() ?? null,
      used_percent: slots.map((slot) => percentOf(own?.get(slot))),
    }
  })
}

function percentOf(thousandths: number | undefined): number | null {
  return thousandths === undefined ? null : thousandths / 10
}
