import {
  type DesiredConnection,
  findConnections,
  findConnectionsOfHost,
  findHostsOfBackend,
  saveClosed,
  saveConnectionAttempt,
} from '@/lib/controller/resources/connections/connections-repository'
import type { Circumstances, DesiredSide } from '@/lib/controller/resources/kind'

/**
 * Does this row need a command? What a host lists in the wanted generation is the host's own to keep: it brings back what stood, and
 * leaves alone what was refused when it was asked for.
 */
export function needsConnection(row: DesiredConnection, { now, isBack }: Circumstances): boolean {
  if (!isBack && row.nextAttemptAt !== null && row.nextAttemptAt > now) return false
  if (row.desired === 'disconnected') return row.observedGeneration !== null || row.observedState !== 'disconnected'
  return row.observedGeneration === null || row.observedGeneration < row.desiredGeneration
}

/** Which block storages are to be open where. */
export const desiredConnections: DesiredSide<DesiredConnection> = {
  idOf: ({ backendId }) => backendId,
  ofHost: findConnectionsOfHost,
  find: findConnections,
  hostsOf: findHostsOfBackend,
  needsCommand: needsConnection,
  isLeaving: ({ desired }) => desired === 'disconnected',
  isReady: (row) => row.observedState === 'connected' && row.observedGeneration === row.desiredGeneration,
  inHand: { kind: { in: ['backend.connect', 'backend.disconnect'] } },
  saveAttempt: saveConnectionAttempt,
  acknowledge: (tx, row) => saveClosed(tx, row, new Date()),
}
