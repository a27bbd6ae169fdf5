import { isDeepStrictEqual } from 'node:util'
import type { ObservedConnection } from '@/lib/agent-protocol/messages'
import { saveBackend } from '@/lib/controller/resources/backend-repository'
import {
  type DesiredConnection,
  findStoredConnections,
  findWish,
  type StoredConnection,
  saveConnection,
} from '@/lib/controller/resources/connections/connections-repository'
import type { ObservedSide } from '@/lib/controller/resources/kind'
import type { Db } from '@/lib/db/client'

function isAsStored(stored: StoredConnection, { state, generation, since, error, connection }: ObservedConnection) {
  return (
    stored.observedState === state &&
    stored.observedGeneration === generation &&
    stored.observedSince?.getTime() === Date.parse(since) &&
    (error === null && stored.isRefusal
      ? true
      : stored.observedError === (error?.message ?? null) &&
        stored.observedProblem === (error?.problem ?? null) &&
        stored.observedAdvice === (error?.advice ?? null)) &&
    (connection === null ||
      (stored.summary === connection.summary && isDeepStrictEqual(stored.details, connection.details)))
  )
}

function toStored(
  hostId: string,
  { backendId, state, generation, since, error, connection }: ObservedConnection,
  before: StoredConnection | undefined,
): StoredConnection {
  const keepsError = error === null && before?.isRefusal === true
  const last = connection ?? before
  return {
    id: backendId,
    hostId,
    observedState: state,
    observedGeneration: generation,
    observedSince: new Date(since),
    observedError: keepsError ? before.observedError : (error?.message ?? null),
    observedProblem: keepsError ? before.observedProblem : (error?.problem ?? null),
    observedAdvice: keepsError ? before.observedAdvice : (error?.advice ?? null),
    ...(last?.summary === undefined ? {} : { summary: last.summary }),
    ...(last?.details === undefined ? {} : { details: last.details }),
    isRefusal: keepsError,
  }
}

/** A backend that is to be connected is as well as its connection. */
async function saveStatus(tx: Db, stored: StoredConnection, at: Date): Promise<void> {
  const { id, hostId, observedState, observedError } = stored
  if (stored.observedGeneration === null || (observedState !== 'connected' && observedState !== 'error')) return
  const wish = await findWish(tx, id, hostId)
  if (wish?.desired !== 'connected') return
  if (observedState === 'connected') {
    await saveBackend(tx, id, { observedStatus: 'online', observedError: null, observedAt: at })
  } else if (observedError !== null) {
    const words = `On ${wish.host.name}: ${observedError}`
    await saveBackend(tx, id, { observedStatus: 'error', observedError: words, observedAt: at })
  }
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
    observedError: null,
    observedProblem: null,
    observedAdvice: null,
    details: null,
    isRefusal: false,
  }),
  failed(row, before, error, at) {
    const { problem, advice } = error.details ?? {}
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
      observedError: error.message,
      observedProblem: typeof problem === 'string' ? problem : null,
      observedAdvice: typeof advice === 'string' ? advice : null,
      isRefusal: row.desired === 'disconnected',
    }
  },
  async save(tx, stored, at) {
    await saveConnection(tx, stored, at)
    await saveStatus(tx, stored, at)
  },
}
