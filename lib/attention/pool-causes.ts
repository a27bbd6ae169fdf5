import { levelAt, PROMISED } from '@/lib/alerts/rules'
import { type Cause, causeId, causeOf, earlier } from '@/lib/attention/cause'
import type { Facts } from '@/lib/attention/facts'
import { adviceAway, titleAway } from '@/lib/attention/name-hosts'
import { INODE_ADVICE } from '@/lib/attention/other-causes'
import type { PoolFact, VolumeFact } from '@/lib/attention/pool-facts-repository'
import { explainedRow } from '@/lib/drivers/problems/view'
import { inodePercent, spaceOfUsage, usedPercent } from '@/lib/fullness'
import { firstSentence, namesInShort } from '@/lib/sentences'

/** Nothing is known of a pool besides what its host says. */
const NOTHING = {}

function about(facts: readonly [PoolFact, ...PoolFact[]]) {
  const [{ pool }] = facts
  return {
    subject: { kind: 'pool', id: pool.id, name: pool.name },
    pools: new Set([pool.id]),
    within: new Set([pool.backendId]),
    hosts: new Set(facts.map(({ hostId }) => hostId)),
    places: facts.length,
    since: facts.reduce<Date | null>((since, { observedSince }) => earlier(since, observedSince), null),
  } as const
}

/**
 * Pools that cannot be opened, that say something is wrong, and that are nearly full. `told` are causes that are known already: a mount
 * or a connection below a pool that fails is the cause, and so is a backend that is full; the pool is counted with it.
 */
export function poolCauses(facts: Facts, told: readonly Cause[]): Cause[] {
  const byPool = [...Map.groupBy(facts.pools, ({ poolId }) => poolId).values()]
  return byPool.flatMap((rows) => [
    ...wrongCauses(rows, facts, told),
    ...fullCauses(rows, facts, told),
    ...metadataCauses(rows, facts),
    ...inodeCauses(rows, facts, told),
  ])
}

function isWrong({ observedState, observedError, attempts }: PoolFact): boolean {
  return observedState === 'error' || observedState === 'degraded' || (observedError !== null && attempts > 0)
}

/** Not open, and with no trouble of its own: it waits for what is below it. */
function isWaiting({ observedState }: PoolFact): boolean {
  return observedState !== 'ready' && observedState !== 'degraded'
}

/** The cause below the pool on that host, if there is one. */
function below({ pool, hostId }: PoolFact, told: readonly Cause[]): Cause | undefined {
  return told.find(
    ({ kind, hosts, mounts, backends }) =>
      kind !== 'capacity' &&
      kind !== 'inodes' &&
      hosts.has(hostId) &&
      (pool.mountId === null ? backends.has(pool.backendId) : mounts.has(pool.mountId)),
  )
}

function wrongCauses(rows: readonly PoolFact[], { poolsOn, hosts }: Facts, told: readonly Cause[]): Cause[] {
  const wrong = rows.filter((row) => {
    if (!isWrong(row) && !isWaiting(row)) return false
    const cause = below(row, told)
    cause?.pools.add(row.poolId)
    return cause === undefined && isWrong(row)
  })
  const [first, ...others] = wrong
  if (!first) return []
  const said = wrong.map((row) => explainedRow(row, NOTHING))
  const [{ message, explanation } = { message: null, explanation: null }] = said
  const isAlike = said.every((one) => one.message === message)
  const text = isAlike && message !== null ? firstSentence(message) : explanation && `${explanation.title}.`
  const suffering = wrong.flatMap(({ hostId }) => hosts.get(hostId) ?? [])
  return [
    causeOf({
      ...about([first, ...others]),
      key: `pool:${first.poolId}:wrong`,
      kind: 'pool',
      severity: (poolsOn.get(first.poolId) ?? 0) === 0 ? 'critical' : 'warning',
      what: text ? `: ${titleAway(text)}` : ' cannot be opened',
      advice: explanation ? adviceAway(explanation.advice, suffering) : null,
    }),
  ]
}

/** How full the pool is on that host; of a thin pool its data, which is what its volumes share. */
function percentOf(row: PoolFact): number {
  return row.dataPercent === null ? (usedPercent(spaceOfUsage(row)) ?? 0) : Math.round(row.dataPercent)
}

/** One storage that hosts share is as full on each of them; of storages of their own the fullest is told. */
function fullCauses(rows: readonly PoolFact[], facts: Facts, told: readonly Cause[]): Cause[] {
  const [worst] = rows.toSorted((a, b) => percentOf(b) - percentOf(a))
  if (!worst) return []
  const percent = percentOf(worst)
  const key = `pool:${worst.poolId}:full`
  const severity = levelAt(percent, facts.rules.limits('capacity', worst.poolId), facts.told.get(causeId(key)))
  if (severity === null) return []
  const known = told.find(({ kind, backends }) => kind === 'capacity' && backends.has(worst.pool.backendId))
  if (known) {
    known.pools.add(worst.poolId)
    return []
  }
  return [
    causeOf({
      ...about([worst]),
      since: null,
      key,
      kind: 'capacity',
      severity,
      what: ` is ${percent} % full`,
      advice: 'Empty the trash, delete snapshots that nobody needs, or make the storage larger.',
    }),
  ]
}

/** Without metadata a thin pool takes no more writes, however much room there is. */
function metadataCauses(rows: readonly PoolFact[], { told, rules }: Facts): Cause[] {
  const percentIn = ({ metadataPercent }: PoolFact) => Math.round(metadataPercent ?? 0)
  const [worst] = rows.toSorted((a, b) => percentIn(b) - percentIn(a))
  if (!worst) return []
  const percent = percentIn(worst)
  const key = `pool:${worst.poolId}:metadata`
  const severity = levelAt(percent, rules.limits('capacity', worst.poolId), told.get(causeId(key)))
  if (severity === null) return []
  return [
    causeOf({
      ...about([worst]),
      since: null,
      key,
      kind: 'capacity',
      severity,
      what: `: the metadata of its thin pool is ${percent} % full`,
      advice: 'Delete snapshots, or make it larger: lvextend --poolmetadatasize.',
    }),
  ]
}

/** Each volume takes some files. A backend that is told has the same file system. */
function inodeCauses(rows: readonly PoolFact[], facts: Facts, told: readonly Cause[]): Cause[] {
  const percentIn = (row: PoolFact) => inodePercent(row) ?? 0
  const [worst] = rows.toSorted((a, b) => percentIn(b) - percentIn(a))
  if (!worst) return []
  const key = `pool:${worst.poolId}:inodes`
  const severity = levelAt(percentIn(worst), facts.rules.limits('inodes', worst.poolId), facts.told.get(causeId(key)))
  if (severity === null) return []
  const known = told.find(({ kind, backends }) => kind === 'inodes' && backends.has(worst.pool.backendId))
  known?.pools.add(worst.poolId)
  if (known) return []
  return [
    causeOf({
      ...about([worst]),
      since: null,
      key,
      kind: 'inodes',
      severity,
      what: ` has ${percentIn(worst)} % of its inodes in use`,
      advice: INODE_ADVICE,
    }),
  ]
}

/** Pools that have promised their volumes more than they may, such as after the storage has become smaller. */
export function overcommitCauses({ limited, told }: Pick<Facts, 'limited' | 'told'>): Cause[] {
  return limited.flatMap(({ pool, limit, promisedBytes, totalBytes }) => {
    const key = `pool:${pool.id}:overcommit`
    const percent = Math.round((promisedBytes / (limit * totalBytes)) * 100)
    if (levelAt(percent, PROMISED, told.get(causeId(key))) === null) return []
    const times = (promisedBytes / totalBytes).toFixed(1)
    return causeOf({
      key,
      kind: 'overcommit',
      severity: 'warning',
      subject: { kind: 'pool', ...pool },
      what: ` has promised its volumes ${times} times of what there is, more than the ${limit} that it may`,
      advice: 'Empty the trash, delete volumes that nobody needs, make the storage larger, or allow more.',
      pools: new Set([pool.id]),
    })
  })
}

/** Written by an older release, or by hand. */
export function unreadableCauses({ unreadable }: Pick<Facts, 'unreadable'>): Cause[] {
  return unreadable.map(({ pool, problem }) =>
    causeOf({
      key: `pool:${pool.id}:settings`,
      kind: 'pool',
      severity: 'critical',
      subject: { kind: 'pool', ...pool },
      what: ' has settings that cannot be read',
      advice: problem,
      since: null,
      pools: new Set([pool.id]),
    }),
  )
}

/** As after the restore of an older database: somebody has to say what they are. */
export function unknownCauses({ unknown }: Pick<Facts, 'unknown'>): Cause[] {
  return unknown.map(({ pool, count, since }) =>
    causeOf({
      key: `pool:${pool.id}:unknown`,
      kind: 'pool',
      severity: 'warning',
      subject: { kind: 'pool', ...pool },
      what: ` has ${count === 1 ? 'a volume' : `${count} volumes`} that this installation does not know`,
      advice: 'Take them in under names, or delete them: they stand on the page of the pool.',
      since,
      pools: new Set([pool.id]),
    }),
  )
}

// ---- volumes -------------------------------------------------------------------------------------------------------------

const PHASES = {
  missing: {
    one: ' is not in its pool any more',
    many: 'are not there any more',
    advice: 'If somebody moved them, put them back: Holdfast makes no empty ones in their place.',
  },
  error: { one: ' cannot be used', many: 'cannot be used', advice: null },
} as const

/** By pool: what takes one volume away takes others. */
export function volumeCauses({ volumes }: Facts): Cause[] {
  const groups = Map.groupBy(volumes, ({ pool, phase }) => `${pool.id} ${phase}`)
  return [...groups.values()].flatMap(([first, ...others]) => (first ? volumeCause([first, ...others]) : []))
}

function volumeCause(facts: readonly [VolumeFact, ...VolumeFact[]]): Cause {
  const [first] = facts
  const words = first.phase === 'missing' ? PHASES.missing : PHASES.error
  const isOne = facts.length === 1
  const ids = new Set(facts.map(({ id }) => id))
  const { message, explanation } = explainedRow(first, NOTHING)
  const said = isOne && message !== null ? `: ${titleAway(firstSentence(message))}` : null
  return causeOf({
    key: `pool:${first.pool.id}:volumes:${first.phase}`,
    kind: 'volume',
    severity: 'critical',
    subject: isOne
      ? { kind: 'volume', id: first.id, name: first.name }
      : { kind: 'pool', id: first.pool.id, name: first.pool.name },
    what: isOne
      ? (said ?? words.one)
      : `: ${facts.length} volumes ${words.many}: ${namesInShort(facts.map(({ name }) => name))}`,
    advice: explanation?.advice ?? words.advice,
    since: facts.reduce<Date | null>((since, { observedSince }) => earlier(since, observedSince), null),
    volumes: ids,
    members: ids,
    within: new Set([first.pool.id, first.pool.backendId]),
    places: facts.length,
  })
}
