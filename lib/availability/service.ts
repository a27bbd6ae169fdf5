import 'server-only'
import { findRules } from '@/lib/alert-rules/repository'
import { RuleSet } from '@/lib/alert-rules/rule-set'
import { type Actor, authorize } from '@/lib/auth/actor'
import { type Counted, firstDay, NOTHING, sum, WINDOW_DAYS } from '@/lib/availability/days'
import * as repository from '@/lib/availability/repository'
import type { BackendHealth, Health, HostAvailability } from '@/lib/availability/schema'
import { againstObjective, countedNow, countedView, healthView } from '@/lib/availability/view'
import { findById } from '@/lib/backends/repository'
import { HoldfastError } from '@/lib/errors'
import { requireHost } from '@/lib/hosts/service'
import { knownOfBackend } from '@/lib/reachability/view'

/** For how long a backend could be used on its hosts over the last 30 days, and how that stands to its objective. */
export async function getHealth(actor: Actor, backendId: string, now = new Date()): Promise<BackendHealth> {
  authorize(actor, 'backends.read')
  const backend = await findById(backendId)
  if (!backend) throw new HoldfastError('not_found', 'Backend not found')
  const from = firstDay(now)
  const [rows, days, shown, rules] = await Promise.all([
    repository.findHosts(backendId),
    repository.findDays({ backendId }, from),
    repository.findShown({ backendId }),
    findRules(),
  ])
  const objective = new RuleSet(rules).limits('availability', backendId).warning
  const known = knownOfBackend(backend)
  const ofHost = Map.groupBy(shown, ({ hostId }) => hostId)
  const hosts = rows.map(({ host, ...row }) => {
    const counted = countedNow(days.get(row.id), row, from, now)
    const health = healthView(row, { counted, objective, shown: ofHost.get(host.id) ?? [], known })
    return { counted, view: { ...health, host } }
  })
  return {
    ...againstObjective(allOf(hosts), objective, hosts.length),
    objective_percent: objective,
    window_days: WINDOW_DAYS,
    hosts: hosts.map(({ view }) => view).toSorted(inOrder(({ host }) => host.name)),
  }
}

/** For how long the storages of a host could be used there over the last 30 days, each against its own objective. */
export async function getHostAvailability(actor: Actor, hostId: string, now = new Date()): Promise<HostAvailability> {
  authorize(actor, 'monitoring.read')
  await requireHost(hostId)
  const from = firstDay(now)
  const [rows, days, shown, stored] = await Promise.all([
    repository.findBackends(hostId),
    repository.findDays({ hostId }, from),
    repository.findShown({ hostId }),
    findRules(),
  ])
  const rules = new RuleSet(stored)
  const ofBackend = Map.groupBy(shown, ({ backendId }) => backendId)
  const backends = rows.flatMap(({ backend: { id, name, ...backend }, ...row }) => {
    const counted = countedNow(days.get(row.id), row, from, now)
    const here = ofBackend.get(id)
    // It was there before these days.
    if (here === undefined && counted.wellSeconds + counted.failingSeconds === 0) return []
    const objective = rules.limits('availability', id).warning
    const health = healthView(row, { counted, objective, shown: here ?? [], known: knownOfBackend(backend) })
    return [{ counted, view: { ...health, backend: { id, name }, objective_percent: objective } }]
  })
  return {
    ...countedView(allOf(backends)),
    window_days: WINDOW_DAYS,
    backends: backends.map(({ view }) => view).toSorted(inOrder(({ backend }) => backend.name)),
  }
}

function allOf(rows: readonly { counted: Counted }[]): Counted {
  return rows.reduce((all, { counted }) => sum(all, counted), NOTHING)
}

/** What does worst first; of what is not known last. */
function inOrder<View extends Pick<Health, 'availability_percent'>>(nameOf: (view: View) => string) {
  const least = ({ availability_percent: percent }: View) => percent ?? 101
  return (one: View, other: View) => least(one) - least(other) || nameOf(one).localeCompare(nameOf(other), 'en')
}
