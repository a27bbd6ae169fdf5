import type { z } from 'zod'
import type { UsageMessage } from '@/lib/agent-protocol/messages'
import { isUsage, type StoredUsage, scarcestInodes, worstUsage } from '@/lib/backends/host-usage'
import type {
  BackendFacts,
  BackendObservation,
  ConnectionFact,
  MountFact,
} from '@/lib/controller/resources/backend-repository'
import { NO_PROBLEM, type ProblemColumns } from '@/lib/controller/resources/problem-columns'
import { isUnreachable } from '@/lib/drivers/problems/words'
import { isDegraded, traitsOf } from '@/lib/mounts/state'

type Usage = z.infer<typeof UsageMessage>

function bytes(value: number | null): bigint | null {
  return value === null || !Number.isFinite(value) ? null : BigInt(Math.round(value))
}

/** Capacity as the backend keeps it; what is unknown stays unknown. `on`: the host that has it, where each has its own. */
export function usageColumns(usage: Usage, at: Date, on: string | null = null): BackendObservation {
  return {
    ...inodeColumns(usage, on),
    totalBytes: bytes(usage.totalBytes),
    usedBytes: bytes(usage.usedBytes),
    availableBytes: bytes(usage.availableBytes),
    fileCount: bytes(usage.fileCount),
    usageAt: at,
    usageOn: on,
  }
}

function inodeColumns({ inodes }: Pick<Usage, 'inodes'>, on: string | null): BackendObservation {
  return {
    totalInodes: bytes(inodes?.total ?? null),
    usedInodes: bytes(inodes?.used ?? null),
    inodesOn: inodes === undefined ? null : on,
  }
}

/** What something on a host says of the storage behind it; null: nothing. */
type Says = 'works' | 'silent' | 'broken' | null

interface Voice extends ProblemColumns {
  hostName: string
  says: Says
  /** When it gives no reason. */
  words: string
}

/**
 * What mounts and connections of a backend say about it, the worst first, with the names of the hosts that say so; no status when none of them
 * says anything, and then the last test stands. Only hosts that are online count: one that is away knows nothing about the storage.
 */
export function rollUp(facts: BackendFacts): BackendObservation {
  const voices = [...facts.mounts.map(voiceOfMount), ...facts.connections.map(voiceOfConnection)]
  const silent = voices.filter(({ says }) => says === 'silent')
  const broken = voices.filter(({ says }) => says === 'broken')
  const works = voices.some(({ says }) => says === 'works')
  const usage = usageOf(facts)
  const [first] = [...silent, ...broken]
  if (!first && !works) return usage
  if (!first) return { ...usage, observedStatus: 'online', observedOn: null, ...NO_PROBLEM }
  const { hostName, observedError, observedProblem, observedValues, observedSaid } = first
  const others = new Set([...silent, ...broken].map((voice) => voice.hostName)).size - 1
  return {
    ...usage,
    observedStatus: broken.length === 0 && !works ? 'offline' : 'error',
    observedOn: `${hostName}${others > 0 ? ` and ${others} more` : ''}`,
    observedError: observedError ?? first.words,
    observedProblem,
    observedValues,
    observedSaid,
  }
}

function voiceOfMount(fact: MountFact): Voice {
  const words = `The mount is ${fact.state}.`
  if (!fact.wanted || !fact.isOnline) return { ...fact, says: null, words }
  if (fact.state !== 'mounted' || fact.proven !== false) {
    const says = traitsOf(fact.state).storage ?? null
    return { ...fact, says, words: says === 'silent' ? 'The storage does not answer.' : words }
  }
  // Mounted, and nobody has looked at the storage yet: no news.
  if (!isDegraded(fact)) return { ...fact, says: null, words }
  return { ...fact, says: isUnreachable(fact.observedProblem) ? 'silent' : 'broken', words }
}

function voiceOfConnection(fact: ConnectionFact): Voice {
  const says = { connected: 'works', error: 'broken' } as const
  const isHeard = fact.wanted && fact.isOnline && (fact.state === 'connected' || fact.state === 'error')
  return { ...fact, says: isHeard ? says[fact.state as 'connected' | 'error'] : null, words: 'It is not connected.' }
}

/** Of a storage that is the same on every host the newest figures, else those of the fullest host; empty when there are none newer. */
function usageOf({ scope, mounts, usageAt }: BackendFacts): BackendObservation {
  const there = mounts.filter(({ wanted, state }) => wanted && state === 'mounted')
  if (scope === 'host') {
    const worst = worstUsage(there)
    // The last figures of a host that is away stand, with their age.
    if (worst === null) return {}
    const scarce = scarcestInodes(there) ?? worst
    return {
      ...usageColumns(worst.usage, new Date(timeOf(worst.usage)), worst.hostName),
      ...inodeColumns(scarce.usage, scarce.hostName),
    }
  }
  const [newest] = there
    .filter(({ isOnline }) => isOnline)
    .flatMap(({ usage }) => (isUsage(usage) ? [usage] : []))
    .sort((a, b) => timeOf(b) - timeOf(a))
  if (newest === undefined || timeOf(newest) < (usageAt?.getTime() ?? 0)) return {}
  return usageColumns(newest, new Date(timeOf(newest)))
}

function timeOf({ asOf }: StoredUsage): number {
  return typeof asOf === 'string' ? Date.parse(asOf) : 0
}
