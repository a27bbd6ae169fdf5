import type { ConnectionPreview } from '@/lib/drivers/contract/descriptor'
import { driverById } from '@/lib/drivers/registry'
import { parsedConfig } from '@/lib/plans/host-plan'
import type { PlanAction, PlannedHost } from '@/lib/plans/schema'
import type { BackendPart, ConnectionPart, Snapshot } from '@/lib/plans/snapshot'

interface ChangedConnection {
  before: ConnectionPart | null
  after: ConnectionPart
}

/** Each wish for a host is a new generation, so those that a change has touched show by theirs. */
export function changedConnections(before: Snapshot, after: Snapshot): ChangedConnection[] {
  return after.connections.flatMap((now) => {
    const had = before.connections.find(({ hostId }) => hostId === now.hostId) ?? null
    return had?.desiredGeneration === now.desiredGeneration ? [] : [{ before: had, after: now }]
  })
}

const UNKNOWN: ConnectionPreview = { commands: [], notes: ['The commands for these settings cannot be shown.'] }

function previewOf(backend: BackendPart | null, { hostId, desired }: ConnectionPart): ConnectionPreview {
  const config = backend && parsedConfig(backend.driver, backend.config)
  if (!backend || config === null) return UNKNOWN
  const driver = driverById(backend.driver)
  const place = { backendId: backend.id, hostId }
  const preview =
    desired === 'connected'
      ? driver.previewConnectCommands?.(config, place)
      : driver.previewDisconnectCommands?.(config, place)
  return preview ?? UNKNOWN
}

/** What a change means for a block storage on one host. Nothing is mounted, so nobody is interrupted: in use, it stays open. */
export function planConnection(
  action: PlanAction,
  backend: BackendPart | null,
  { before, after }: ChangedConnection,
): PlannedHost {
  const { commands, notes } = previewOf(backend, after)
  return {
    host_id: after.hostId,
    host_name: after.hostName,
    host_status: after.hostStatus,
    mount_id: null,
    mount_name: backend?.name ?? '',
    step: after.desired === 'disconnected' ? 'disconnect' : action === 'connect' ? 'connect' : 'reconnect',
    state: before?.observedState ?? 'disconnected',
    commands,
    notes,
    options: [],
    interrupts: false,
    follows_later: after.hostStatus === 'offline' || after.hostStatus === 'error',
    wave: null,
    warnings: [],
  }
}
