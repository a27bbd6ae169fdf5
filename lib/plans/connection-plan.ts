import { commandLine } from '@/lib/drivers/command-line'
import type { ConnectionRequest } from '@/lib/drivers/contract/mount-request'
import { connectionRequestFor } from '@/lib/drivers/requests'
import type { PlanKind, TriedChange } from '@/lib/plans/kind'
import type { PlanAction, PlannedHost } from '@/lib/plans/schema'
import type { BackendPart, ConnectionPart } from '@/lib/plans/snapshot'

interface ChangedConnection {
  before: ConnectionPart | null
  after: ConnectionPart
}

/** Each wish for a host is a new generation, so those that a change has touched show by theirs. */
function changedConnections({ before, after }: TriedChange): ChangedConnection[] {
  return after.connections.flatMap((now) => {
    const had = before.connections.find(({ hostId }) => hostId === now.hostId) ?? null
    return had?.desiredGeneration === now.desiredGeneration ? [] : [{ before: had, after: now }]
  })
}

const UNKNOWN: ConnectionRequest = { commands: [], notes: ['The commands for these settings cannot be shown.'] }

function requestOf(backend: BackendPart | null, { hostId, desired }: ConnectionPart): ConnectionRequest {
  if (!backend) return UNKNOWN
  const what = desired === 'connected' ? 'connect' : 'disconnect'
  return connectionRequestFor(what, backend.driver, backend.config, { backendId: backend.id, hostId }) ?? UNKNOWN
}

/** What a change means for a block storage on one host. Nothing is mounted, so nobody is interrupted: in use, it stays open. */
function planConnection(
  action: PlanAction,
  backend: BackendPart | null,
  { before, after }: ChangedConnection,
): PlannedHost {
  const { commands, notes } = requestOf(backend, after)
  return {
    host_id: after.hostId,
    host_name: after.hostName,
    host_status: after.hostStatus,
    mount_id: null,
    mount_name: backend?.name ?? '',
    step: after.desired === 'disconnected' ? 'disconnect' : action === 'connect' ? 'connect' : 'reconnect',
    state: before?.observedState ?? 'disconnected',
    commands: commands.map(commandLine),
    notes: [...notes],
    options: [],
    interrupts: false,
    follows_later: after.hostStatus === 'offline' || after.hostStatus === 'error',
    wave: null,
    warnings: [],
  }
}

/** How changes of open block storages are planned. */
export const connectionPlans: PlanKind = {
  name: 'connection',
  words: [
    ['connect', 'opens the storage on'],
    ['disconnect', 'closes the storage on'],
    ['reconnect', 'hands the new settings of the open storage to'],
  ],
  hosts(tried) {
    const backend = tried.after.backend ?? tried.before.backend
    return changedConnections(tried).map((change) => planConnection(tried.action, backend, change))
  },
  // They have no settings of their own.
  changes: () => [],
  foundation(tried) {
    const { connections } = tried.before
    return {
      definition: [],
      hosts: changedConnections(tried).map(({ after }) => after.hostId),
      wishes: connections.map(({ hostId, desired, desiredGeneration }) => [hostId, desired, desiredGeneration]),
      shown: connections.map(({ hostId, observedState }) => [hostId, observedState]),
    }
  },
}
