import { z } from 'zod'
import type { DocumentKind, WantedDocument, WantedDocuments } from '@/agent/journal/documents'
import { ConnectionMessage, WireBackend } from '@/lib/agent-protocol/messages'

const ConnectionNote = z.object({
  /** What stood when it was last connected; null when it never was. */
  connection: ConnectionMessage.nullable(),
  /** Unix milliseconds. */
  connectedAt: z.number().nullable(),
})
type ConnectionNote = z.infer<typeof ConnectionNote>

/** Which block storages are to be open on this host, in the journal. What stood once is still known when another form is wanted. */
export const CONNECTION_DOCUMENTS: DocumentKind<WireBackend, ConnectionNote> = {
  name: 'connection',
  document: WireBackend,
  idOf: ({ id }) => id,
  note: ConnectionNote,
  blank: { connection: null, connectedAt: null },
}

export type DesiredConnection = WantedDocument<WireBackend, ConnectionNote>
export type WantedConnections = WantedDocuments<WireBackend, ConnectionNote>
