import { z } from 'zod'
import type { DocumentKind, WantedDocument, WantedDocuments } from '@/agent/journal/documents'
import { WirePool } from '@/lib/agent-protocol/pools'

const PoolNote = z.object({
  /** Unix milliseconds, of the first time. From then on its mark must be there, whatever the document says. null: never. */
  openedAt: z.number().nullable(),
  /** Of one that is to go: its mark goes too. */
  forGood: z.boolean(),
  /** Of the secret by which libvirt here knows the key of its storage. Absent: a journal of an older agent. */
  secretUuid: z.uuid().nullable().default(null),
})
type PoolNote = z.output<typeof PoolNote>

/** Which pools are to be open on this host, in the journal. That one was open is still known when it is wanted in another form. */
export const POOL_DOCUMENTS: DocumentKind<WirePool, PoolNote> = {
  name: 'pool',
  document: WirePool,
  idOf: ({ poolId }) => poolId,
  note: PoolNote,
  blank: { openedAt: null, forGood: false, secretUuid: null },
  renew: (note) => ({ ...note, forGood: false }),
}

export type DesiredPool = WantedDocument<WirePool, PoolNote>
export type WantedPools = WantedDocuments<WirePool, PoolNote>
