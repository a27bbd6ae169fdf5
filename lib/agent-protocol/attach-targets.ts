import { z } from 'zod'

/** What can run workloads on a host. One that is not listed is not there. */
export const AttachTargetMessage = z.object({
  target: z.string(),
  version: z.string().nullable(),
  /** Why it did not answer the last time. */
  problem: z.string().nullable(),
  /** Why starts at boot and by others are not held up while storage is away; absent: nothing is wrong with that. */
  gateProblem: z.string().optional(),
})
export type AttachTargetMessage = z.infer<typeof AttachTargetMessage>
