import { z } from 'zod'

/** What can run workloads on a host. One that is not listed is not there. */
export const AttachTargetMessage = z.object({
  target: z.string(),
  version: z.string().nullable(),
  /** Why it did not answer the last time. */
  problem: z.string().nullable(),
})
export type AttachTargetMessage = z.infer<typeof AttachTargetMessage>
