import {
  availabilityOf,
  budgetLeft,
  budgetSeconds,
  type Counted,
  HEALTH,
  healthWord,
  NOTHING,
  sharesOf,
  sum,
} from '@/lib/availability/days'
import type { findShown } from '@/lib/availability/repository'
import type { Health } from '@/lib/availability/schema'
import { isUsage } from '@/lib/backends/host-usage'
import type { ProblemValues } from '@/lib/drivers/problems/definition'
import { explainedRow } from '@/lib/drivers/problems/view'

/** How a backend is on a host, as it is stored. */
export interface HealthRow {
  health: number
  healthSince: Date | null
  countedUntil: Date | null
}

export type Shown = Awaited<ReturnType<typeof findShown>>[number]

/** With what is not in the days yet. */
export function countedNow(days: Counted | undefined, row: HealthRow, from: number, now: Date): Counted {
  const open = row.countedUntil === null ? [] : sharesOf(row.health, row.countedUntil, now)
  return open
    .filter(({ day }) => day >= from)
    .reduce((all, share) => sum(all, { ...share, outages: 0 }), days ?? NOTHING)
}

export function countedView(counted: Counted) {
  return {
    availability_percent: availabilityOf(counted),
    well_seconds: counted.wellSeconds,
    failing_seconds: counted.failingSeconds,
    outages: counted.outages,
  }
}

/** On so many hosts together. */
export function againstObjective(counted: Counted, objective: number, hosts: number) {
  const view = countedView(counted)
  const isKnown = view.availability_percent !== null
  return {
    ...view,
    budget_left_percent: isKnown ? budgetLeft(counted.failingSeconds, budgetSeconds(objective, hosts)) : null,
  }
}

interface Seen {
  counted: Counted
  objective: number
  /** What the host shows of the backend. */
  shown: readonly Shown[]
  /** What is known of the backend, for the words of a problem. */
  known: ProblemValues
}

export function healthView(row: HealthRow, { counted, objective, shown, known }: Seen): Health {
  return {
    ...againstObjective(counted, objective, 1),
    state: healthWord(row.health),
    since: row.healthSince?.toISOString() ?? null,
    ...wrongIn(row, shown, known),
    latency_ms: slowestIn(shown),
  }
}

function wrongIn(row: HealthRow, shown: readonly Shown[], known: ProblemValues) {
  const wrong = shown.find(({ observedError, observedProblem }) => observedError !== null || observedProblem !== null)
  const nothing = { message: null, explanation: null }
  return row.health !== HEALTH.failing || wrong === undefined ? nothing : explainedRow(wrong, known)
}

/** Of several mounts of it on a host the slowest. */
function slowestIn(shown: readonly Shown[]): Health['latency_ms'] {
  const told = shown.flatMap(({ usage }) => (isUsage(usage) ? (usage.activity?.latencyMs ?? []) : []))
  return told.toSorted((a, b) => b.mean - a.mean)[0] ?? null
}
