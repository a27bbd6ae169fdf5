import 'server-only'
import { findRules } from '@/lib/alert-rules/repository'
import { RuleSet } from '@/lib/alert-rules/rule-set'
import { type Actor, authorize } from '@/lib/auth/actor'
import {
  availabilityOf,
  budgetLeft,
  budgetSeconds,
  type Counted,
  firstDay,
  HEALTH,
  healthWord,
  NOTHING,
  sharesOf,
  sum,
  WINDOW_DAYS,
} from '@/lib/availability/days'
import * as repository from '@/lib/availability/repository'
import type { BackendHealth, HostHealth } from '@/lib/availability/schema'
import { isUsage } from '@/lib/backends/host-usage'
import { findById } from '@/lib/backends/repository'
import { explainedRow } from '@/lib/drivers/problems/view'
import { HoldfastError } from '@/lib/errors'
import { knownOfBackend } from '@/lib/reachability/view'

type Row = Awaited<ReturnType<typeof repository.findHosts>>[number]
type Shown = Awaited<ReturnType<typeof repository.findShown>>[number]

/** For how long a backend could be used on its hosts over the last 30 days, and how that stands to its objective. */
export async function getHealth(actor: Actor, backendId: string, now = new Date()): Promise<BackendHealth> {
  authorize(actor, 'backends.read')
  const backend = await findById(backendId)
  if (!backend) throw new HoldfastError('not_found', 'Backend not found')
  const from = firstDay(now)
  const [rows, days, shown, rules] = await Promise.all([
    repository.findHosts(backendId),
    repository.findDays(backendId, from),
    repository.findShown(backendId),
    findRules(),
  ])
  const objective = new RuleSet(rules).limits('availability', backendId).warning
  const ofHost = Map.groupBy(shown, ({ hostId }) => hostId)
  const hosts = rows.map((row) => {
    const counted = sum(days.get(row.id) ?? NOTHING, openShare(row, from, now))
    return { counted, row, shown: ofHost.get(row.host.id) ?? [] }
  })
  return {
    ...viewOf(
      hosts.reduce((all, { counted }) => sum(all, counted), NOTHING),
      objective,
      hosts.length,
    ),
    objective_percent: objective,
    window_days: WINDOW_DAYS,
    hosts: hosts
      .map(
        ({ counted, row, shown: seen }): HostHealth => ({
          ...viewOf(counted, objective, 1),
          host: row.host,
          state: healthWord(row.health),
          since: row.healthSince?.toISOString() ?? null,
          ...wrongIn(row, seen, knownOfBackend(backend)),
          latency_ms: slowestIn(seen),
        }),
      )
      .toSorted(inOrder),
  }
}

/** What is not in the days yet. */
function openShare({ health, countedUntil }: Row, from: number, now: Date): Counted {
  if (countedUntil === null) return NOTHING
  return sharesOf(health, countedUntil, now)
    .filter(({ day }) => day >= from)
    .reduce((all, share) => sum(all, { ...share, outages: 0 }), NOTHING)
}

function viewOf(counted: Counted, objective: number, hosts: number) {
  const { wellSeconds, failingSeconds, outages } = counted
  const availability = availabilityOf(counted)
  return {
    availability_percent: availability,
    well_seconds: wellSeconds,
    failing_seconds: failingSeconds,
    outages,
    budget_left_percent: availability === null ? null : budgetLeft(failingSeconds, budgetSeconds(objective, hosts)),
  }
}

function wrongIn(row: Row, shown: readonly Shown[], known: ReturnType<typeof knownOfBackend>) {
  const wrong = shown.find(({ observedError, observedProblem }) => observedError !== null || observedProblem !== null)
  const nothing = { message: null, explanation: null }
  return row.health !== HEALTH.failing || wrong === undefined ? nothing : explainedRow(wrong, known)
}

/** Of several mounts of it on a host the slowest. */
function slowestIn(shown: readonly Shown[]): HostHealth['latency_ms'] {
  const told = shown.flatMap(({ usage }) => (isUsage(usage) ? (usage.activity?.latencyMs ?? []) : []))
  return told.toSorted((a, b) => b.mean - a.mean)[0] ?? null
}

function inOrder(one: HostHealth, other: HostHealth): number {
  const least = ({ availability_percent: percent }: HostHealth) => percent ?? 101
  return least(one) - least(other) || one.host.name.localeCompare(other.host.name, 'en')
}
