import 'server-only'
import { type Actor, authorize } from '@/lib/auth/actor'
import { countedOnce, FLEET, sumOf } from '@/lib/monitoring/fleet'
import { historyOf } from '@/lib/monitoring/history'
import { findSeries } from '@/lib/monitoring/history-repository'
import {
  countBackends,
  findLatest,
  findPoolsOn,
  findSubjects,
  type Latest,
  type Subject,
} from '@/lib/monitoring/latest-repository'
import type { FleetMetrics, FleetQuery, MonitoringOverview, PlaceView } from '@/lib/monitoring/schema'
import { firstFull, growthOf, type Standing, trendViews } from '@/lib/monitoring/trends'

/** Of lists that begin with the worst, so many. */
const SHOWN = 8
/** More do not fit into a picture. */
const PLACES = 60
/** Less than this a day is no growth. */
const LEAST_GROWTH = 1024 ** 2

/** A storage, with what was measured of it on each host that has its own. */
interface Place {
  subject: Subject
  rows: readonly Latest[]
}

let running: Promise<MonitoringOverview> | undefined

/**
 * All storages together, each once: how much there is, what is full first, what grows fastest, and where it is. Who asks while another
 * one is being answered gets the same.
 */
export async function monitoringOverview(actor: Actor): Promise<MonitoringOverview> {
  authorize(actor, 'monitoring.read')
  running ??= collect(new Date()).finally(() => {
    running = undefined
  })
  return running
}

async function collect(now: Date): Promise<MonitoringOverview> {
  const [latest, pools, backends, subjects] = await Promise.all([
    findLatest(now),
    findPoolsOn(),
    countBackends(),
    findSubjects(),
  ])
  const counted = countedOnce(latest, pools)
  const places = [...counted].flatMap(([id, rows]): Place[] => {
    const subject = subjects.get(id)
    return subject === undefined ? [] : [{ subject, rows }]
  })
  const standingOf = (row: Latest | undefined): Standing[] => {
    const subject = row && subjects.get(row.subjectId)
    return subject ? [{ subject, latest: row }] : []
  }
  const filling = fillsFirst(places).flatMap(standingOf)
  const growing = growsFastest(places, now).flatMap(standingOf)
  const views = await trendViews([...filling, ...growing], now)
  const measured = places.filter(({ subject }) => subject.noun === 'backend').length
  return {
    ...roomView(places.flatMap(({ rows }) => rows)),
    growth_bytes_per_day: growthTogether(places, now),
    storage_count: places.length,
    unmeasured_count: Math.max(0, backends - measured),
    fills_first: views.slice(0, filling.length),
    grows_fastest: views.slice(filling.length),
    ...placesView(places),
  }
}

/** The first of each, the first of all first. */
function fillsFirst(places: readonly Place[]): Latest[] {
  return places
    .flatMap(({ rows }) => rows.toSorted(firstFull)[0] ?? [])
    .filter(({ fullAt }) => fullAt !== null)
    .toSorted(firstFull)
    .slice(0, SHOWN)
}

function growsFastest(places: readonly Place[], now: Date): Latest[] {
  const growth = (row: Latest) => growthOf(row, now) ?? 0
  const faster = (a: Latest, b: Latest) => growth(b) - growth(a)
  return places
    .flatMap(({ rows }) => rows.toSorted(faster)[0] ?? [])
    .filter((row) => growth(row) >= LEAST_GROWTH)
    .toSorted(faster)
    .slice(0, SHOWN)
}

/** Null: none was measured long enough. */
function growthTogether(places: readonly Place[], now: Date): number | null {
  const known = places.flatMap(({ rows }) => rows.flatMap((row) => growthOf(row, now) ?? []))
  return known.length === 0 ? null : Math.round(known.reduce((sum, growth) => sum + growth, 0))
}

function roomView(rows: readonly Latest[]): Pick<PlaceView, 'total_bytes' | 'used_bytes' | 'available_bytes'> {
  const sum = sumOf(rows)
  if (sum === null) return { total_bytes: null, used_bytes: null, available_bytes: null }
  return {
    total_bytes: Number(sum.totalBytes),
    used_bytes: Number(sum.usedBytes),
    available_bytes: Number(sum.availableBytes),
  }
}

/** The largest first, and what the picture has no room for in one. */
function placesView(places: readonly Place[]): Pick<MonitoringOverview, 'places' | 'other_places'> {
  const sized = places
    .map((place) => ({ ...place, room: roomView(place.rows) }))
    .filter(({ room }) => room.total_bytes !== null)
    .toSorted((a, b) => (b.room.total_bytes ?? 0) - (a.room.total_bytes ?? 0))
  const others = sized.slice(PLACES)
  return {
    places: sized.slice(0, PLACES).map(({ subject, rows, room }) => ({
      noun: subject.noun,
      id: subject.id,
      name: subject.name,
      type: subject.driver,
      host_count: rows.filter(({ hostId }) => hostId !== '').length,
      ...room,
    })),
    other_places:
      others.length === 0 ? null : { count: others.length, ...roomView(others.flatMap(({ rows }) => rows)) },
  }
}

/** The room of all storages together over time. */
export async function fleetMetrics(actor: Actor, { range }: FleetQuery): Promise<FleetMetrics> {
  authorize(actor, 'monitoring.read')
  return { history: await historyOf(await findSeries([FLEET]), { range }) }
}
