import 'server-only'
import { findRules } from '@/lib/alert-rules/repository'
import { RuleSet } from '@/lib/alert-rules/rule-set'
import { findLiving } from '@/lib/alerts/repository'
import { findAll as findAcknowledgements } from '@/lib/attention/repository'
import { type Actor, authorize } from '@/lib/auth/actor'
import { firstDay } from '@/lib/availability/days'
import { findFailedLately } from '@/lib/availability/repository'
import { db } from '@/lib/db/client'
import { findPulses, findQueue } from '@/lib/health/repository'
import { installedVersions } from '@/lib/installation/versions'
import { findTold } from '@/lib/monitoring/activity/repository'
import { addAlerts } from '@/lib/monitoring/exposition/alerts'
import { addControllers } from '@/lib/monitoring/exposition/controllers'
import { addDisks } from '@/lib/monitoring/exposition/disks'
import { Exposition, seconds } from '@/lib/monitoring/exposition/exposition'
import { addHosts } from '@/lib/monitoring/exposition/hosts'
import { addMounts } from '@/lib/monitoring/exposition/mounts'
import { addPools } from '@/lib/monitoring/exposition/pools'
import { processMetrics } from '@/lib/monitoring/exposition/process'
import { addAvailability, addReach } from '@/lib/monitoring/exposition/reach'
import * as reach from '@/lib/monitoring/exposition/reach-repository'
import * as repository from '@/lib/monitoring/exposition/repository'
import { addSpeed } from '@/lib/monitoring/exposition/speed'
import { addBackends, addRoom, type Names } from '@/lib/monitoring/exposition/storages'
import { findBackends, findMounts, findPools } from '@/lib/monitoring/figures-repository'
import { samplesOfBackends, samplesOfMounts, samplesOfPools } from '@/lib/monitoring/measured'
import * as pools from '@/lib/pools/repository'
import { poolView } from '@/lib/pools/view'

/** What was measured longer ago is not how it is: agents measure every five minutes, and it may take as long until it is stored. */
const MEASURED_MS = 20 * 60_000
/** A controller that was not heard of for longer has been stopped. */
const HEARD_MS = 10 * 60_000

/** What is told beside the rest only when it is asked for: up to six samples for each mount on each host. */
export const METRIC_EXTRAS = ['speed'] as const
export type MetricExtra = (typeof METRIC_EXTRAS)[number]

const running = new Map<MetricExtra | 'none', Promise<string>>()

/** Everything in figures, in the text format of Prometheus. Who asks while another one is being answered the same gets that. */
export async function metricsText(actor: Actor, extra?: MetricExtra): Promise<string> {
  authorize(actor, 'metrics.read')
  const key = extra ?? 'none'
  const begun = running.get(key) ?? collect(new Date(), extra).finally(() => running.delete(key))
  running.set(key, begun)
  return begun
}

async function collect(now: Date, extra: MetricExtra | undefined): Promise<string> {
  const figures = new Exposition()
  figures.add('build', { version: installedVersions().holdfast }, 1)
  const hosts = await repository.findHosts()
  addHosts(figures, hosts, await repository.findAgentVersions())
  addDisks(figures, await repository.findDisks(), now)
  const backends = await repository.findBackends()
  addBackends(figures, backends)
  await addHealth(figures, namesOf(backends), now)
  const mounts = await repository.findMounts()
  await addMounts(figures, mounts, hosts, repository.findCells())
  const [rows, counts] = await Promise.all([pools.findAll(), pools.countVolumes()])
  const shown = rows.map((row) => poolView(row, pools.countsFor(counts, row.id)))
  addPools(figures, shown, await repository.countVolumes())
  addRoom(figures, await measured(now), {
    backend: namesOf(backends),
    mount: namesOf(mounts),
    pool: namesOf(rows),
    host: namesOf(hosts),
  })
  if (extra === 'speed') {
    const since = new Date(now.getTime() - MEASURED_MS)
    await addSpeed(figures, findTold(db()), since, { mount: namesOf(mounts), host: namesOf(hosts) })
  }
  addAlerts(figures, await findLiving(db()), await findAcknowledgements(), now)
  await addWork(figures)
  addControllers(figures, await findPulses(new Date(now.getTime() - HEARD_MS)), now)
  return `${await figures.text()}${await processMetrics()}`
}

/** Who reaches which storage, and for how long it could be used. Of days on which all was well nothing is read. */
async function addHealth(figures: Exposition, names: Names, now: Date): Promise<void> {
  addReach(figures, await reach.countChecked(), await reach.findUnreached(), names)
  const failed = await findFailedLately(firstDay(now), now)
  const failingSeconds = new Map(failed.map((one) => [one.id, one.failingSeconds]))
  const rules = new RuleSet(await findRules())
  addAvailability(figures, await reach.countHealth(), failingSeconds, { names, rules })
}

async function measured(now: Date) {
  const since = new Date(now.getTime() - MEASURED_MS)
  const found = [
    ...samplesOfBackends(await findBackends(db(), since)),
    ...samplesOfMounts(await findMounts(db())),
    ...samplesOfPools(await findPools(db()), null),
  ]
  return found.filter(({ at }) => at >= since)
}

async function addWork(figures: Exposition): Promise<void> {
  const { oldestQueuedAt, ...waiting } = await findQueue()
  for (const [status, number] of Object.entries(waiting)) figures.add('operations', { status }, number)
  figures.add('operationsOldest', {}, seconds(oldestQueuedAt))
}

function namesOf(rows: readonly { id: string; name: string }[]): Map<string, string> {
  return new Map(rows.map(({ id, name }) => [id, name]))
}
