import { levelAt } from '@/lib/alerts/rules'
import { type Cause, causeId, causeOf, earlier } from '@/lib/attention/cause'
import { type Facts, type MountFact, wishOf } from '@/lib/attention/facts'
import { explained } from '@/lib/drivers/problems/view'
import { inodePercent, spaceOfUsage, usedPercent } from '@/lib/fullness'
import { isAdoptable, isGivenUp } from '@/lib/mounts/drift'
import { standingsOf } from '@/lib/mounts/node-standing'
import { ADVICE_ON_OTHERS, isApart, isDrifted } from '@/lib/mounts/state'

export const INODE_ADVICE =
  'Without a free inode no file can be made there, however much room there is. Delete small files, or make a file system with more inodes.'

/** Storages that are nearly full. A size that is not known is no matter. */
export function capacityCauses({ backends, hosts, told, rules }: Facts): Cause[] {
  const idOf = new Map([...hosts.values()].map(({ id, name }) => [name, id]))
  return backends.flatMap((row) => {
    const percent = usedPercent(spaceOfUsage(row))
    const key = `backend:${row.id}:full`
    const severity =
      percent === null ? null : levelAt(percent, rules.limits('capacity', row.id), told.get(causeId(key)))
    if (severity === null) return []
    const hostId = row.usageOn === null ? undefined : idOf.get(row.usageOn)
    return causeOf({
      key,
      kind: 'capacity',
      severity,
      subject: { kind: 'backend', id: row.id, name: row.name },
      what: ` is ${percent} % full`,
      advice: 'Free some space there, or make the storage larger.',
      backends: new Set([row.id]),
      hosts: new Set(hostId === undefined ? [] : [hostId]),
    })
  })
}

/** Storages whose file system has few inodes left. */
export function inodeCauses({ backends, hosts, told, rules }: Facts): Cause[] {
  const idOf = new Map([...hosts.values()].map(({ id, name }) => [name, id]))
  return backends.flatMap((row) => {
    const percent = inodePercent(row)
    const key = `backend:${row.id}:inodes`
    const severity = percent === null ? null : levelAt(percent, rules.limits('inodes', row.id), told.get(causeId(key)))
    if (severity === null) return []
    const hostId = row.inodesOn === null ? undefined : idOf.get(row.inodesOn)
    return causeOf({
      key,
      kind: 'inodes',
      severity,
      subject: { kind: 'backend', id: row.id, name: row.name },
      what: ` has ${percent} % of its inodes in use`,
      advice: INODE_ADVICE,
      backends: new Set([row.id]),
      hosts: new Set(hostId === undefined ? [] : [hostId]),
    })
  })
}

function about({ mount }: MountFact, facts: readonly MountFact[]) {
  return {
    subject: { kind: 'mount', id: mount.id, name: mount.name },
    mounts: new Set([mount.id]),
    within: new Set([mount.backend.id]),
    hosts: new Set(facts.map(({ row }) => row.hostId)),
    places: facts.length,
  } as const
}

function byMount(facts: readonly MountFact[]): [MountFact, ...MountFact[]][] {
  return [...Map.groupBy(facts, ({ mount }) => mount.id).values()] as [MountFact, ...MountFact[]][]
}

/** It is mounted, but the node behind it takes no part any more: what is read there may be old. */
export function nodeCauses({ mounts }: Facts): Cause[] {
  return byMount(mounts.filter(({ row }) => row.node !== null)).flatMap((facts) => {
    const standings = standingsOf(facts.map(({ row, host }) => ({ ...row, host })))
    const apart = facts.filter(
      ({ row, host }) => host.observedStatus === 'online' && isApart(standings.get(row.hostId)),
    )
    const [first] = apart
    if (!first) return []
    const isSplit = apart.some(({ row }) => standings.get(row.hostId)?.sync === 'split')
    const problem = standings.get(first.row.hostId)?.problem ?? null
    return causeOf({
      ...about(first, apart),
      key: `mount:${first.mount.id}:nodes`,
      kind: 'nodes',
      severity: 'warning',
      what: isSplit ? ' has nodes that follow different leaders' : ' has a node that has stopped',
      advice: explained({ error: null, problem, values: null, said: null }).explanation?.advice ?? null,
    })
  })
}

/** What the mount's policy puts right, or has taken over, needs nobody. */
function isUpToPeople(fact: MountFact): boolean {
  const { drift, mount, row } = fact
  if (drift === null || !isDrifted(fact)) return false
  if (mount.onDrift === 'repair') return isGivenUp(row) || drift.kind === 'covered'
  return mount.onDrift === 'report' || !isAdoptable(wishOf(fact), drift)
}

/** What the page of the mount offers for it. */
function adviceOnDrift(facts: readonly MountFact[]): string {
  const ours = facts.filter(({ drift }) => drift?.kind !== 'covered')
  if (ours.length === 0) return ADVICE_ON_OTHERS
  if (ours.length < facts.length)
    return 'The page of the mount shows what is different on each host. What others have mounted has to be unmounted there.'
  return ours.some((fact) => fact.drift !== null && isAdoptable(wishOf(fact), fact.drift))
    ? 'The page of the mount shows what is different: put it back, or take over what is there.'
    : 'The page of the mount shows what is different, and puts it back.'
}

/** Somebody has changed it on hosts, and it stays so until a person decides. */
export function driftCauses({ mounts }: Facts): Cause[] {
  return byMount(mounts.filter(isUpToPeople)).map((facts) => {
    const [first] = facts
    const messages = new Set(facts.map(({ drift }) => drift?.message))
    return causeOf({
      ...about(first, facts),
      key: `mount:${first.mount.id}:drift`,
      kind: 'drift',
      severity: 'drift',
      what: messages.size === 1 ? `: ${first.drift?.message}` : ' was changed on hosts',
      advice: adviceOnDrift(facts),
      since: facts.reduce<Date | null>((since, { row }) => earlier(since, row.observedSince), null),
    })
  })
}
