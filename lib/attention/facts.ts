import { findRules } from '@/lib/alert-rules/repository'
import { RuleSet } from '@/lib/alert-rules/rule-set'
import { type DiskFact, findBadDisks } from '@/lib/attention/disk-facts-repository'
import * as repository from '@/lib/attention/facts-repository'
import { type FillingFact, findFilling } from '@/lib/attention/forecast-facts-repository'
import {
  type FailingNotifier,
  findFailingNotifiers,
  findMissedPings,
  findOwnCertificates,
  type MissedPings,
  type OwnEnds,
} from '@/lib/attention/own-facts-repository'
import {
  findBadVolumes,
  findFailingSchedules,
  findLimitedPools,
  findSuspectPools,
  findUnknownVolumes,
  findUnreadablePools,
  findWellPools,
  type LimitedFact,
  type PoolFact,
  type ScheduleFact,
  type UnknownFact,
  type UnreadableFact,
  type VolumeFact,
} from '@/lib/attention/pool-facts-repository'
import { type FailedCheck, findFailedChecks } from '@/lib/attention/reach-facts-repository'
import type { Severity } from '@/lib/attention/schema'
import { findStalledUploads, type StalledFact } from '@/lib/attention/upload-facts-repository'
import { firstDay } from '@/lib/availability/days'
import { type FailedLately, findFailedLately } from '@/lib/availability/repository'
import type { Db } from '@/lib/db/client'
import { optionReport } from '@/lib/drivers/options/option-drift'
import { findLocalAgentFault } from '@/lib/hosts/repository'
import { lacksTools } from '@/lib/hosts/view'
import { type Drift, driftOf, type WishOnHost } from '@/lib/mounts/drift'
import { factsOf, type StatusOnHost, statusOnHost } from '@/lib/mounts/state'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

export type HostFact = Awaited<ReturnType<typeof repository.findHosts>>[number]

/** A mount on a host that may not be as wanted, judged. */
export interface MountFact {
  row: repository.SuspectRow
  mount: repository.MountRow
  host: HostFact
  status: StatusOnHost
  drift: Drift | null
}

/** What may need attention, as it was read. */
export interface Facts {
  /** When something is trouble, and how bad. */
  rules: RuleSet
  hosts: Map<string, HostFact>
  /** Why the agent of this machine does not run. */
  localFault: string | null
  /** Storage types that a host has something of; empty where no host lacks anything. */
  typesOf: Map<string, Set<string>>
  /** Mounts that are wanted on hosts that do not answer, by host. */
  awayOf: Map<string, string[]>
  mounts: MountFact[]
  /** On how many hosts a mount is well. */
  wellOn: Map<string, number>
  connections: (repository.ConnectionRow & { host: HostFact })[]
  backends: repository.BackendRow[]
  /** Pools on hosts that answer, of which something may be wrong. */
  pools: PoolFact[]
  /** On how many hosts a pool can be used. */
  poolsOn: Map<string, number>
  /** Volumes that are not there any more, or cannot be used. */
  volumes: VolumeFact[]
  /** Volumes of which a schedule could take no snapshot, or not delete one. */
  schedules: ScheduleFact[]
  /** Pools with volumes that this database does not know. */
  unknown: UnknownFact[]
  /** Pools of which the settings that are stored cannot be read. */
  unreadable: UnreadableFact[]
  /** Pools that may promise so much and no more. */
  limited: LimitedFact[]
  /** Where files wait to be uploaded and none gets through. */
  stalled: StalledFact[]
  /** Hosts with disks that fail or are worn. */
  disks: DiskFact[]
  /** Storages that work on a host, and that a check from there could not reach twice in a row. */
  failedChecks: FailedCheck[]
  /** Backends that could not be used somewhere in the last 30 days. */
  failedLately: FailedLately[]
  /** Storages that will be full before long. */
  filling: FillingFact[]
  /** Notifiers by which nothing has been taken for long. */
  failing: FailingNotifier[]
  /** Until when the certificates of Holdfast itself hold. */
  ownEnds: OwnEnds
  /** Since when the dead-man's switch is not pinged; null: it is, or there is none. */
  missed: MissedPings
  /** How bad each alert is that is open and still seen, by the id of its cause: what is told ends later than it begins. */
  told: Map<string, Severity>
  /** Where backends of these are to be open, by backend. */
  wantedOpen: Map<string, { hostId: string; observedAt: Date | null }[]>
}

/** From these percents on it is worth a look. */
function lowestOf(rules: RuleSet) {
  return { percent: rules.lowest('capacity'), inodePercent: rules.lowest('inodes') }
}

async function readPoolFacts(rules: RuleSet, tx?: Db) {
  const [pools, poolsOn, volumes, schedules, unknown, unreadable, limited] = await Promise.all([
    findSuspectPools(lowestOf(rules), tx),
    findWellPools(tx),
    findBadVolumes(tx),
    findFailingSchedules(tx),
    findUnknownVolumes(tx),
    findUnreadablePools(tx),
    findLimitedPools(tx),
  ])
  return { pools, poolsOn, volumes, schedules, unknown, unreadable, limited }
}

/** About Holdfast itself. */
async function readOwnFacts(rules: RuleSet, now: Date, tx?: Db) {
  const before = new Date(now.getTime() - rules.lowest('notifier') * MINUTE_MS)
  const [failing, ownEnds, missed] = await Promise.all([
    findFailingNotifiers(before, tx),
    findOwnCertificates(now, tx),
    findMissedPings(tx),
  ])
  return { failing, ownEnds, missed }
}

/** What is found out over time: what fills, what waits, what a check could not reach, what failed too long. */
async function readMeasuredFacts(rules: RuleSet, now: Date, tx?: Db) {
  const [stalled, disks, filling, failedChecks, failedLately] = await Promise.all([
    findStalledUploads(new Date(now.getTime() - rules.lowest('uploads') * MINUTE_MS), tx),
    findBadDisks({ wearPercent: rules.lowest('disk_worn') }, tx),
    findFilling(new Date(now.getTime() + rules.widest('forecast') * DAY_MS), tx),
    findFailedChecks(tx),
    findFailedLately(firstDay(now), now, tx),
  ])
  return { stalled, disks, filling, failedChecks, failedLately }
}

export async function readFacts(now: Date, tx?: Db): Promise<Facts> {
  const [hostRows, stored] = await Promise.all([repository.findHosts(tx), findRules(tx)])
  const rules = new RuleSet(stored)
  const [localFault, types, away, mounted, connections, backends, ofPools, measured, own, told] = await Promise.all([
    findLocalAgentFault(tx),
    hostRows.some(({ tools }) => lacksTools(tools)) ? repository.findTypesOnHosts(tx) : [],
    repository.findMountsAway(tx),
    repository.findMounted(tx),
    repository.findBadConnections(tx),
    repository.findBadBackends(lowestOf(rules), tx),
    readPoolFacts(rules, tx),
    readMeasuredFacts(rules, now, tx),
    readOwnFacts(rules, now, tx),
    repository.findTold(tx),
  ])
  const hosts = new Map(hostRows.map((host) => [host.id, host]))
  const suspects = await repository.findSuspects(
    [...new Set(mounted.filter(isChanged).map(({ mountId }) => mountId))],
    tx,
  )
  const [mounts, wantedOpen] = await Promise.all([
    repository.findMounts([...new Set(suspects.map(({ mountId }) => mountId))], tx),
    repository.findWantedOpen(
      backends.map(({ id }) => id),
      tx,
    ),
  ])
  const mountOf = new Map(mounts.map((mount) => [mount.id, mount]))
  const wellOn = new Map<string, number>()
  for (const { mountId, well } of mounted) wellOn.set(mountId, (wellOn.get(mountId) ?? 0) + well)
  return {
    rules,
    hosts,
    localFault,
    typesOf: setsOf(
      types,
      ({ hostId }) => hostId,
      ({ driver }) => driver,
    ),
    awayOf: new Map(
      [...Map.groupBy(away, ({ hostId }) => hostId)].map(([id, rows]) => [id, rows.map((r) => r.mountId)]),
    ),
    mounts: suspects.flatMap((row) => {
      const [mount, host] = [mountOf.get(row.mountId), hosts.get(row.hostId)]
      // Gone between two reads; the next change brings it.
      return mount && host ? [judged(row, mount, host)] : []
    }),
    wellOn,
    connections: connections.flatMap((row) => {
      const host = hosts.get(row.hostId)
      return host ? [{ ...row, host }] : []
    }),
    backends,
    ...ofPools,
    ...measured,
    ...own,
    told,
    wantedOpen: Map.groupBy(wantedOpen, ({ backendId }) => backendId),
  }
}

function setsOf<T>(rows: readonly T[], key: (row: T) => string, value: (row: T) => string): Map<string, Set<string>> {
  return new Map([...Map.groupBy(rows, key)].map(([id, alike]) => [id, new Set(alike.map(value))]))
}

/** Are options in force that nobody asked for? Hosts with settings of their own are judged one by one. */
function isChanged({ driver, config, mountPoint, readOnly, observedOptions }: repository.MountedAlike): boolean {
  if (observedOptions === null) return false
  return optionReport(driver, config as Record<string, unknown>, mountPoint, readOnly, observedOptions).drift.length > 0
}

function judged(row: repository.SuspectRow, mount: repository.MountRow, host: HostFact): MountFact {
  const drift = driftOf(wishOf({ row, mount }))
  const heard = { ...host, revokedAt: null }
  return { row, mount, host, drift, status: statusOnHost(factsOf(row, mount, heard, drift?.kind ?? null)) }
}

export function wishOf({ row, mount }: Pick<MountFact, 'row' | 'mount'>): WishOnHost {
  return { ...row, mount }
}
