import { z } from 'zod'
import { TONE_ORDER } from '@/lib/tones'
import { ASKED_KINDS } from '@/lib/uses/kinds'

export const UsesNode = z.object({
  kind: z.enum(ASKED_KINDS),
  /** Of a server its name or address. */
  id: z.string(),
  name: z.string(),
  /** Of a workload: where it runs. */
  host: z.object({ id: z.string(), name: z.string() }).nullable(),
  /** As the console shows it on its own page; null of a server, of which nothing more is known than of its backends. */
  state: z.object({ tone: z.enum(TONE_ORDER), word: z.string() }).nullable(),
  /** Of a workload: does it run now? Null: not known, or no workload. */
  runs: z.boolean().nullable(),
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
  /** The workloads among `needed_by`: those that run would hang, those that are stopped would not start. */
  breaks: z.object({ running: z.int(), stopped: z.int(), unknown: z.int() }),
  /** There is more than is told. */
  is_cut: z.boolean(),
})
export type UsesView = z.infer<typeof UsesView>

export const AskUses = z
  .strictObject({
    /** Id of a backend, mount, pool, volume, workload or host. */
    of: z.string().min(1, 'Name what is asked about.').max(64).optional(),
    /** Or the name or address of a server, as backends have it. */
    server: z.string().trim().min(1, 'Name the server.').max(255).optional(),
  })
  .refine(({ of, server }) => (of === undefined) !== (server === undefined), {
    path: ['of'],
    message: 'Give either "of", an id, or "server", a name or an address.',
  })
export type AskUses = z.infer<typeof AskUses>
