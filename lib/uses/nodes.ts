import { isUnheard } from '@/lib/backends/view'
import { backendStatus } from '@/lib/backends/words'
import { hostStatus } from '@/lib/hosts/words'
import * as mounts from '@/lib/mounts/repository'
import { isAway } from '@/lib/mounts/state'
import { judgedWord } from '@/lib/mounts/view'
import * as pools from '@/lib/pools/repository'
import { poolView } from '@/lib/pools/view'
import { wordOfPool } from '@/lib/pools/words'
import type { StatusWord } from '@/lib/tones'
import * as repository from '@/lib/uses/repository'
import type { UsesNode } from '@/lib/uses/schema'
import { VOLUME_PHASES } from '@/lib/volumes/phase-words'
import { phaseWord } from '@/lib/volumes/view'
import { stateOf } from '@/lib/workloads/state'
import { wordOfWorkload } from '@/lib/workloads/words'

/** Values in one statement, see `repository.ts`. */
const AT_ONCE = 500

type Rows = Awaited<ReturnType<typeof repository.findRows>>

/** Those of these that are there, by kind and name, each with how it is. */
export async function nodesOf(ids: readonly string[]): Promise<UsesNode[]> {
  const rows = await repository.findRows(ids)
  const [ofMounts, ofPools] = await Promise.all([mountStates(rows.mounts), poolStates(rows.pools)])
  return [
    ...rows.backends.map((row) => node('backend', row, backendState(row))),
    ...rows.mounts.map((row) => node('mount', row, ofMounts.get(row.id))),
    ...rows.pools.map((row) => node('pool', row, ofPools.get(row.id))),
    ...rows.volumes.map((row) => node('volume', row, VOLUME_PHASES[phaseWord(row.phase)])),
    ...rows.workloads.map(workloadNode),
  ]
}

function node(kind: UsesNode['kind'], { id, name }: { id: string; name: string }, state?: StatusWord): UsesNode {
  const shown = state === undefined ? null : { tone: state.tone, word: state.word }
  return { kind, id, name, host: null, state: shown, runs: null }
}

function backendState({ observedStatus, hosts }: Rows['backends'][number]): StatusWord {
  const connections = hosts.map(({ desired, observedState, observedAt, host }) => ({
    desired,
    state: isAway(host, observedAt) ? ('unknown' as const) : observedState,
  }))
  return backendStatus(isUnheard(connections) ? 'unknown' : observedStatus)
}

function workloadNode(row: Rows['workloads'][number]): UsesNode {
  const { state } = stateOf(row)
  const runs =
    state === 'running' || state === 'paused' ? true : state === 'stopped' || state === 'failed' ? false : null
  return { ...node('workload', row, wordOfWorkload({ state })), host: { id: row.host.id, name: row.host.name }, runs }
}

/** A host of the fleet, as a thing that may be lost. */
export function hostNode(host: NonNullable<Awaited<ReturnType<typeof repository.findHost>>>): UsesNode {
  const revoked_at = host.revokedAt?.toISOString() ?? null
  return node('host', host, hostStatus({ status: host.observedStatus, revoked_at }))
}

export function serverNode(name: string): UsesNode {
  return node('server', { id: name, name })
}

function parts(rows: readonly { id: string }[]): string[][] {
  const ids = rows.map(({ id }) => id)
  return Array.from({ length: Math.ceil(ids.length / AT_ONCE) }, (_, at) => ids.slice(at * AT_ONCE, (at + 1) * AT_ONCE))
}

async function mountStates(rows: readonly { id: string }[]): Promise<Map<string, StatusWord>> {
  const found = await Promise.all(parts(rows).map((ids) => mounts.findJudged({ ids })))
  return new Map(found.flat().map((mount) => [mount.id, judgedWord(mount)]))
}

async function poolStates(rows: readonly { id: string }[]): Promise<Map<string, StatusWord>> {
  const found = await Promise.all(parts(rows).map((ids) => pools.findAll({ ids })))
  // How many volumes lie there is not asked: it says nothing of how the pool is.
  return new Map(found.flat().map((pool) => [pool.id, wordOfPool(poolView(pool, pools.countsFor(new Map(), pool.id)))]))
}
