import type { ObservedConnection } from '@/lib/agent-protocol/messages'
import { type ConnectionCommandParts, connectionCommands } from '@/lib/controller/resources/connections/command'
import type { DesiredConnection, StoredConnection } from '@/lib/controller/resources/connections/connections-repository'
import { desiredConnections } from '@/lib/controller/resources/connections/desired'
import { observedConnections } from '@/lib/controller/resources/connections/observed'
import { restoredConnections } from '@/lib/controller/resources/connections/restore'
import type { ResourceKind } from '@/lib/controller/resources/kind'

/** A block storage that is opened on a host, for volumes. */
export function connectionKind(
  parts: ConnectionCommandParts,
): ResourceKind<DesiredConnection, ObservedConnection, StoredConnection> {
  return {
    name: 'connection',
    needs: [],
    topic: 'backend',
    desired: desiredConnections,
    command: connectionCommands(parts),
    observed: observedConnections,
    restore: restoredConnections,
  }
}
