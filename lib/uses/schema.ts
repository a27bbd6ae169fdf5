import { z } from 'zod'

export const USE_KINDS = ['backend', 'mount', 'pool', 'volume', 'workload'] as const
export const UseKind = z.enum(USE_KINDS)
export type UseKind = z.infer<typeof UseKind>

export const UsesNode = z.object({
  kind: UseKind,
  id: z.string(),
  name: z.string(),
  /** Of a workload: where it runs. */
  host: z.object({ id: z.string(), name: z.string() }).nullable(),
})
export type UsesNode = z.infer<typeof UsesNode>

export const UsesView = z.object({
  of: UsesNode,
  /** What it needs, over all steps: it stops working when one of these does. */
  needs: z.array(UsesNode),
  /** What needs it, over all steps: what breaks when it is gone. */
  needed_by: z.array(UsesNode),
  /** Who uses what, in one step, among all of these. */
  edges: z.array(z.object({ user: z.string(), used: z.string() })),
  /** There is more than is told. */
  is_cut: z.boolean(),
})
export type UsesView = z.infer<typeof UsesView>

export const AskUses = z.strictObject({
  /** Id of a backend, mount, pool, volume or workload. */
  of: z.string().min(1, 'Name what is asked about.').max(64),
})
export type AskUses = z.infer<typeof AskUses>
