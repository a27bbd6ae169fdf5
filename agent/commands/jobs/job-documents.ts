import { z } from 'zod'
import type { DocumentKind } from '@/agent/journal/documents'

const JobDocument = z.object({
  operationId: z.string(),
  /** Name of its command. */
  command: z.string(),
  request: z.unknown(),
})
type JobDocument = z.infer<typeof JobDocument>

const JobNote = z.object({
  /** No line of its log has a higher number. */
  linesBelow: z.number(),
})
type JobNote = z.infer<typeof JobNote>

/** Long work that has been asked for and has not ended, in the journal. */
export const JOB_DOCUMENTS: DocumentKind<JobDocument, JobNote> = {
  name: 'job',
  document: JobDocument,
  idOf: ({ operationId }) => operationId,
  note: JobNote,
  blank: { linesBelow: 0 },
}
