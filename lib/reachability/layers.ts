import { z } from 'zod'
import { REACH_LAYERS } from '@/lib/reachability/layer-names'

export const ReachLayer = z.enum(REACH_LAYERS)
export type ReachLayer = z.infer<typeof ReachLayer>

export const CheckedLayer = z.object({
  id: ReachLayer,
  status: z.enum(['passed', 'failed', 'skipped', 'warning']),
  /** How long it took; null of what was not measured by itself. */
  duration_ms: z.number().nullable(),
})
export type CheckedLayer = z.infer<typeof CheckedLayer>

/** A step of a test, as much of it as decides. */
interface Step {
  id: string
  status: CheckedLayer['status']
  durationMs: number
  problem?: string | undefined
}

/** Problems of a connection that somebody answered: the way there is well. */
const ANSWERED: ReadonlySet<string> = new Set(['network.refused', 'network.reset'])
const NO_ROUTE = 'network.no_route'

/**
 * The layers of a test, in the order in which they were tried, up to the first that failed. What is written is left out, and so is what
 * a newer agent may have of its own.
 */
export function layersOf(steps: readonly Step[]): CheckedLayer[] {
  return steps.flatMap((step): CheckedLayer[] => {
    const id = ReachLayer.safeParse(step.id).data
    if (id === undefined) return []
    const layer: CheckedLayer = { id, status: step.status, duration_ms: step.durationMs }
    return id === 'tcp' ? withRoute(layer, step.problem) : [layer]
  })
}

/** Where no answer comes at all, nobody can tell a way that is missing from a wall in it: then nothing is said of the route. */
function withRoute(tcp: CheckedLayer, problem = ''): CheckedLayer[] {
  const route = (status: CheckedLayer['status']): CheckedLayer => ({ id: 'route', status, duration_ms: null })
  if (tcp.status === 'skipped') return [tcp]
  if (tcp.status !== 'failed' || ANSWERED.has(problem)) return [route('passed'), tcp]
  return problem === NO_ROUTE ? [{ ...route('failed'), duration_ms: tcp.duration_ms }] : [tcp]
}

export function failedIn(layers: readonly CheckedLayer[]): ReachLayer | null {
  return layers.find(({ status }) => status === 'failed')?.id ?? null
}
