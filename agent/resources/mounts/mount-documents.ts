import { z } from 'zod'
import type { DocumentKind, WantedDocument, WantedDocuments } from '@/agent/journal/documents'
import { WireMount } from '@/lib/agent-protocol/messages'

const MountNote = z.object({
  /** Hash of the document that was carried out last; null while nothing of it is mounted. */
  appliedHash: z.string().nullable(),
  /** Boot in which it was lazily unmounted with users left. */
  abandonedBoot: z.string().nullable(),
  /** What the kernel calls the mount that was made, see `kernelNameOf`; absent: none, or of an older agent. */
  madeAs: z.string().optional(),
})
type MountNote = z.infer<typeof MountNote>

/** What is to be mounted on this host, in the journal. */
export const MOUNT_DOCUMENTS: DocumentKind<WireMount, MountNote> = {
  name: 'mount',
  document: WireMount,
  idOf: ({ mountId }) => mountId,
  note: MountNote,
  blank: { appliedHash: null, abandonedBoot: null },
  // Whatever was wanted at another place may have left a directory there.
  leavesTraces: ({ appliedHash }, before, next) => appliedHash !== null || before.mountPoint !== next.mountPoint,
  renew: (note) => ({ ...note, abandonedBoot: null }),
}

export type DesiredMount = WantedDocument<WireMount, MountNote>
export type WantedMounts = WantedDocuments<WireMount, MountNote>
