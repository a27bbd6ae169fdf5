import { isUnheard } from '@/lib/backends/view'
import { spaceOfUsage, usedShare } from '@/lib/fullness'
import { type Exposition, seconds } from '@/lib/monitoring/exposition/exposition'
import type { BackendRow } from '@/lib/monitoring/exposition/repository'
import type { Sample } from '@/lib/monitoring/measured'
import { isAway } from '@/lib/mounts/state'

const STATUSES: readonly BackendRow['observedStatus'][] = ['online', 'offline', 'error', 'unknown']

export function addBackends(figures: Exposition, backends: readonly BackendRow[]): void {
  for (const { id, name: backend, driver, observedStatus, hosts } of backends) {
    const connections = hosts.map(({ desired, observedState, observedAt, host }) => ({
      desired,
      host: host.name,
      state: isAway(host, observedAt) ? ('unknown' as const) : observedState,
    }))
    figures.add('backendInfo', { backend, id, type: driver }, 1)
    const status = isUnheard(connections) ? 'unknown' : observedStatus
    figures.addState('backendStatus', STATUSES, (one) => ({ backend, status: one }), status)
    for (const { host, state } of connections) figures.add('backendConnection', { backend, host, state }, 1)
  }
}

/** The names by which ids are shown; what has none was deleted meanwhile. */
export type Names = ReadonlyMap<string, string>

/** The metrics of the room of each noun, in this order: size, used, available, how full, when measured, inodes and how many are used. */
const ROOM = {
  backend: [
    'backendSize',
    'backendUsed',
    'backendAvailable',
    'backendFull',
    'backendMeasured',
    'backendInodes',
    'backendUsedInodes',
  ],
  mount: ['mountSize', 'mountUsed', 'mountAvailable', 'mountFull', 'mountMeasured', 'mountInodes', 'mountUsedInodes'],
  pool: ['poolSize', 'poolUsed', 'poolAvailable', 'poolFull', 'poolMeasured', 'poolInodes', 'poolUsedInodes'],
} as const
const NOUNS = ['backend', 'mount', 'pool'] as const

/** The room of backends, pools and what mounts show of their own, as `measured.ts` has it. */
export function addRoom(
  figures: Exposition,
  samples: readonly Sample[],
  names: Record<(typeof NOUNS)[number] | 'host', Names>,
): void {
  for (const sample of samples) {
    const noun = NOUNS.find((one) => names[one].has(sample.subjectId))
    const name = noun && names[noun].get(sample.subjectId)
    const host = sample.hostId === null ? null : names.host.get(sample.hostId)
    if (noun === undefined || name === undefined || host === undefined) continue
    const { totalBytes, usedBytes, availableBytes, metadataPercent, totalInodes, usedInodes, at } = sample
    const room = [totalBytes, usedBytes, availableBytes, usedShare(spaceOfUsage(sample)), seconds(at)]
    const values = [...room, totalInodes, usedInodes]
    const labels = { [noun]: name, ...(host === null ? {} : { host }) }
    for (const [index, key] of ROOM[noun].entries()) figures.add(key, labels, values[index] ?? null)
    if (noun === 'pool') figures.add('poolMetadata', labels, metadataPercent === null ? null : metadataPercent / 100)
  }
}
