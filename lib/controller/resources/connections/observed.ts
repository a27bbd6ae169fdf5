import { isDeepStrictEqual } from 'node:util'
import type { ObservedConnection } from '@/lib/agent-protocol/messages'
import { saveStatus } from '@/lib/controller/resources/backend-status'
import {
  type DesiredConnection,
  findStoredConnections,
  type StoredConnection,
  saveConnection,
} from '@/lib/controller/resources/connections/connections-repository'
import type { ObservedSide } from '@/lib/controller/resources/kind'
import {
  isSameProblem,
  NO_PROBLEM,
  type ProblemColumns,
  problemColumns,
} from '@/lib/controller/resources/problem-columns'
import { reportOf } from '@/lib/drivers/problems/report'

function isAsStored(stored: StoredConnection, { state, generation, since, error, connection }: ObservedConnection) {
  return (
    stored.observedState === state &&
    stored.observedGeneration === generation &&
    stored.observedSince?.getTime() === Date.parse(since) &&
    ((error === null && stored.isRefusal) || isSameProblem(stored, error)) &&
    (connection === null ||
      (stored.summary === connection.summary && isDeepStrictEqual(stored.details, connection.details)))
  )
}

function toStored(
  hostId: string,
  { backendId, state, generation, since, error, connection }: ObservedConnection,
  before: StoredConnection | undefined,
): StoredConnection {
  const kept = error === null && before?.isRefusal === true ? before : undefined
  const last = connection ?? before
  return {
    id: backendId,
    hostId,
    observedState: state,
    observedGeneration: generation,
    observedSince: new Date(since),
    ...(kept ? problemOf(kept) : problemColumns(error)),
    ...(last?.summary === undefined ? {} : { summary: last.summary }),
    ...(last?.details === undefined ? {} : { details: last.details }),
    isRefusal: kept !== undefined,
  }
}

function problemOf({ observedError, observedProblem, observedValues, observedSaid }: StoredConnection): ProblemColumns {
  return { observedError, observedProblem, observedValues, observedSaid }
}

/** How what hosts show of block storages is stored. */
export const observedConnections: ObservedSide<DesiredConnection, ObservedConnection, StoredConnection> = {
  idOf: ({ backendId }) => backendId,
  load: findStoredConnections,
  isAsStored,
  toStored,
  gone: (stored, at) => ({
    ...stored,
    observedState: 'disconnected',
    observedGeneration: null,
    observedSince: at,
    ...NO_PROBLEM,
    details: null,
    isRefusal: false,
  }),
  failed(row, before, error, at) {
    const isUnlisted = row.observedGeneration === null && row.desired === 'connected'
    const isNewError = isUnlisted && row.observedState !== 'error'
    return {
      ...(before?.summary === undefined ? {} : { summary: before.summary }),
      ...(before?.details === undefined ? {} : { details: before.details }),
      id: row.backendId,
      hostId: row.hostId,
      observedState: isNewError ? 'error' : row.observedState,
      observedGeneration: row.observedGeneration,
      observedSince: isNewError ? at : row.observedSince,
      ...problemColumns({ message: error.message, ...reportOf(error) }),
      isRefusal: row.desired === 'disconnected',
    }
  },
  async save(tx, stored, at) {
    await saveConnection(tx, stored, at)
    await saveStatus(tx, stored.id)
  },
}
