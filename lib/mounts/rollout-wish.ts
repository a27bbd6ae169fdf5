import { z } from 'zod'

const DesiredState = z.enum(['mounted', 'unmounted'])

const RowBefore = z.strictObject({
  hostId: z.string(),
  desiredState: DesiredState,
  desiredGeneration: z.int(),
  removed: z.boolean(),
  overrides: z.unknown(),
})
export type RowBefore = z.infer<typeof RowBefore>

/** What was wanted of a mount before a rollout, as it is stored with the operation. */
export const MountWish = z.strictObject({
  /** Null for a mount that the change has made. */
  definition: z
    .strictObject({
      name: z.string(),
      /** Absent in a rollout that began before mounts could move. */
      mountPoint: z.string().optional(),
      readOnly: z.boolean(),
      autoMount: z.boolean(),
      targets: z.enum(['hosts', 'labels', 'all']),
      targetLabels: z.unknown(),
      onDrift: z.enum(['report', 'repair', 'adopt']),
      desiredState: DesiredState,
    })
    .nullable(),
  rows: z.array(RowBefore),
})
export type MountWish = z.infer<typeof MountWish>
