import { z } from 'zod'

/** "This changed, read it again": the only thing that travels between web and controller outside the database. */
export const ChangeEvent = z.object({
  topic: z.enum([
    'operation',
    'backend',
    'mount',
    'pool',
    'volume',
    'host',
    'user',
    'token',
    'audit',
    'setting',
    'attention',
    'alert',
    'notifier',
    'reach',
    'workload',
    'repository',
  ]),
  id: z.string().max(64),
  /** `wanted`: work for the controller. `changed`: news for readers. */
  kind: z.enum(['wanted', 'changed']),
})
export type ChangeEvent = z.infer<typeof ChangeEvent>
