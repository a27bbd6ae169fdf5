import type { ConnectionMessage, ObservedConnection, WireBackend } from '@/lib/agent-protocol/messages'
import type { SealedInput } from '@/lib/controller/keys/sealing-keys'
import { saveBackend } from '@/lib/controller/resources/backend-repository'
import { usageColumns } from '@/lib/controller/resources/backend-rollup'
import type { DesiredConnection } from '@/lib/controller/resources/connections/connections-repository'
import type { CommandSide } from '@/lib/controller/resources/kind'
import type { Db } from '@/lib/db/client'
import { sealedParts } from '@/lib/db/sealed-secrets'

export interface ConnectionCommandParts {
  /** Opens the secrets of a backend for the one call they are needed for. */
  open(backend: SealedInput): Promise<WireBackend>
}

/** How block storages are opened on hosts, and closed there. */
export function connectionCommands({
  open,
}: ConnectionCommandParts): CommandSide<DesiredConnection, ObservedConnection> {
  return {
    // A login may have to wait for another one on the same host.
    ttlMs: 120_000,
    // One host at a time for one backend: two that find the same LUN empty must not both write to it.
    turnOf: ({ backendId }) => backendId,
    async request({ desired, backend: { id, driver, config, secrets } }) {
      const backend = await open({ id, driver, config, ...sealedParts(secrets) })
      return { verb: desired === 'connected' ? 'connectBackend' : 'disconnectBackend', document: { backend } }
    },
    reached(row, _mode, answer) {
      if (row.desired === 'disconnected') return { isGone: true }
      const connection = answer as ConnectionMessage
      const { usage } = connection
      const at = new Date()
      return {
        seen: standing(row, connection, at),
        // The capacity that was found; what the host lists later only repeats it.
        ...(usage ? { also: (tx: Db) => saveBackend(tx, row.backendId, usageColumns(usage, at)) } : {}),
        result: JSON.parse(JSON.stringify(connection)),
        line: connection.summary,
      }
    },
  }
}

function standing(row: DesiredConnection, connection: ConnectionMessage, at: Date): ObservedConnection {
  const since = row.observedState === 'connected' && row.observedSince !== null ? row.observedSince : at
  return {
    backendId: row.backendId,
    state: 'connected',
    generation: row.desiredGeneration,
    since: since.toISOString(),
    error: null,
    connection,
    connectedAt: at.toISOString(),
  }
}
