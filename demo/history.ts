import { DEMO_BACKENDS } from '@/demo/storages'
import type { Db } from '@/lib/db/client'
import { insertRows } from '@/lib/db/insert-rows'
import type { SampleBackend } from '@/lib/drivers/contract/samples'
import { driverById } from '@/lib/drivers/registry'
import { findProvisioned, type Provisioned } from '@/lib/monitoring/figures-repository'
import { FLEET } from '@/lib/monitoring/fleet'
import { findSeries, makeSeries } from '@/lib/monitoring/history-repository'
import { DAILY, DAY_MS, FINE, HOURLY, MINUTE_MS, type Step, slotsBetween } from '@/lib/monitoring/steps'

/** How a storage came to be as full as it is. */
interface Course {
  /** Of what is used now, so much came in the last 90 days. */
  grown: number
  /** Up and down in a day, of the whole. */
  sway: number
}

/** One after the other, for the backends of the demo. */
const COURSES: readonly Course[] = [
  { grown: 0.35, sway: 0.004 },
  { grown: 0.12, sway: 0.01 },
  { grown: -0.08, sway: 0.003 },
  { grown: 0, sway: 0.015 },
  { grown: 0.55, sway: 0.002 },
]

/** How far back each step goes. A day has a year, so that all of it can be looked at. */
const SPANS: readonly [Step, days: number][] = [
  [FINE, FINE.keptDays],
  [HOURLY, HOURLY.keptDays],
  [DAILY, 365],
]

/** Something of a backend of the demo that has a history: the backend itself, or a pool on it; with `hostId` on one host. */
export interface WithPast {
  subjectId: string
  hostId: string | null
  /** Name of the backend. */
  backend: string
  /** What volumes of it may take now, of a pool. */
  provisionedBytes?: number
}

const isOfHost = (driver: string) => driverById(driver).scope === 'host'

export async function backendsWithPast(db: Db): Promise<WithPast[]> {
  const hosts = { where: { removed: false }, select: { hostId: true } }
  const rows = await db.backend.findMany({
    select: { id: true, name: true, driver: true, mounts: { select: { hosts } } },
  })
  return rows.flatMap(({ id, name, driver, mounts }) => {
    const onHosts = mounts.flatMap((mount) => mount.hosts.map(({ hostId }) => hostId))
    return thingsOf(id, { name, driver }, onHosts)
  })
}

export async function poolsWithPast(db: Db): Promise<WithPast[]> {
  const volumes = await findProvisioned(db)
  const rows = await db.pool.findMany({
    select: { id: true, backend: { select: { name: true, driver: true } }, hosts: { select: { hostId: true } } },
  })
  return rows.flatMap(({ id, backend, hosts }) => {
    const onHosts = hosts.map(({ hostId }) => hostId)
    return thingsOf(id, backend, onHosts).map((thing) => {
      const isIn = (one: Provisioned) => one.poolId === id && (thing.hostId === null || one.hostId === thing.hostId)
      return { ...thing, provisionedBytes: volumes.filter(isIn).reduce((sum, { bytes }) => sum + Number(bytes), 0) }
    })
  })
}

/** What hosts share once, what each has for itself by host. */
function thingsOf(subjectId: string, { name, driver }: { name: string; driver: string }, hostIds: readonly string[]) {
  const on = isOfHost(driver) ? [...new Set(hostIds)] : [null]
  return on.map((hostId): WithPast => ({ subjectId, hostId, backend: name }))
}

type Size = NonNullable<SampleBackend['size']>

function usedAt({ total, used }: Size, { grown, sway }: Course, ageDays: number): number {
  // Days are alike, and weeks are not.
  const swing = Math.sin(2 * Math.PI * ageDays) + Math.sin(1.7 * ageDays) + Math.sin(0.61 * ageDays)
  const level = used * (1 - (grown * ageDays) / 90) - sway * total * swing
  return Math.round(Math.min(total * 0.99, Math.max(total * 0.02, level)))
}

/** Volumes came one after the other, and some grew. */
function provisionedAt(now: number, ageDays: number): number {
  return Math.round(now * Math.max(0.3, 1 - 0.07 * Math.floor(ageDays / 11)))
}

type Point = ReturnType<typeof pointOf>

/** What all of these together would have had. */
export async function fillFleetHistory(db: Db, things: readonly WithPast[], now: Date): Promise<void> {
  await makeSeries(db, [{ subjectId: FLEET, hostId: null }])
  const [fleet] = await findSeries([FLEET], db)
  if (!fleet) return
  for (const [step, days] of SPANS) {
    const slots = slotsBetween(new Date(now.getTime() - days * DAY_MS), now, step).slice(0, -1)
    const rows = slots.flatMap((slot) => {
      const points = things.flatMap(({ backend }) => {
        const known = courseOf(backend)
        return known === null
          ? []
          : [pointOf(fleet.id, step, slot, (age) => usedAt(known.size, known.course, age), known.size, now)]
      })
      const [first, ...rest] = points
      return first === undefined ? [] : [rest.reduce(together, first)]
    })
    await insertRows(db, 'CapacityPoint', rows)
  }
}

function together(one: Point, other: Point): Point {
  return {
    ...one,
    totalBytes: one.totalBytes + other.totalBytes,
    usedBytes: one.usedBytes + other.usedBytes,
    availableBytes: one.availableBytes + other.availableBytes,
    leastUsedBytes: one.leastUsedBytes === null ? null : one.leastUsedBytes + (other.leastUsedBytes ?? 0),
    mostUsedBytes: one.mostUsedBytes === null ? null : one.mostUsedBytes + (other.mostUsedBytes ?? 0),
  }
}

/** Null: it does not tell its size. */
function courseOf(backend: string): { size: Size; course: Course } | null {
  const at = DEMO_BACKENDS.findIndex(({ name }) => name === backend)
  const size = DEMO_BACKENDS[at]?.size
  const course = COURSES[at % COURSES.length]
  return size && course ? { size, course } : null
}

/** What would have been measured until `now`, which is when the demo began: from then on the controller measures. */
export async function fillHistory(db: Db, things: readonly WithPast[], now: Date): Promise<void> {
  for (const { subjectId, hostId, backend, provisionedBytes } of things) {
    const known = courseOf(backend)
    if (known === null) continue
    const { size, course } = known
    await makeSeries(db, [{ subjectId, hostId }])
    const series = (await findSeries([subjectId], db)).find((one) => one.hostId === (hostId ?? ''))
    if (!series) continue
    for (const [step, days] of SPANS) {
      const slots = slotsBetween(new Date(now.getTime() - days * DAY_MS), now, step).slice(0, -1)
      const rows = slots.map((slot) => {
        const ageDays = (now.getTime() / MINUTE_MS - slot) / 1_440
        return {
          ...pointOf(series.id, step, slot, (age) => usedAt(size, course, age), size, now),
          provisionedBytes: provisionedBytes === undefined ? null : provisionedAt(provisionedBytes, ageDays),
        }
      })
      await insertRows(db, 'CapacityPoint', rows)
    }
  }
}

function pointOf(
  seriesId: number,
  { minutes }: Step,
  slot: number,
  usedAtAge: (days: number) => number,
  { total }: Size,
  now: Date,
) {
  const ages = [0, 0.25, 0.5, 0.75, 1].map((part) => (now.getTime() / MINUTE_MS - slot - part * minutes) / 1_440)
  const levels = ages.map(usedAtAge)
  const used = levels.at(-1) ?? 0
  return {
    step: minutes,
    slot,
    seriesId,
    totalBytes: total,
    usedBytes: used,
    availableBytes: total - used,
    leastUsedBytes: minutes === FINE.minutes ? null : Math.min(...levels),
    mostUsedBytes: minutes === FINE.minutes ? null : Math.max(...levels),
  }
}
