import type { Edge } from '@/lib/uses/repository'

export interface Reached {
  /** Without the one that it began with. */
  ids: ReadonlySet<string>
  edges: readonly Edge[]
  /** There is more. */
  isCut: boolean
}

/**
 * Everything that can be reached from here, step by step. `step` gives the edges of all that came with the step before; `next` is their
 * far end. Circles end it like any other end.
 */
export async function reach(
  from: string,
  step: (ids: readonly string[]) => Promise<readonly Edge[]>,
  next: keyof Edge,
  most: number,
): Promise<Reached> {
  const ids = new Set<string>()
  const edges: Edge[] = []
  let frontier = [from]
  while (frontier.length > 0) {
    const found = await step(frontier)
    edges.push(...found)
    const fresh = new Set(found.map((edge) => edge[next]).filter((id) => id !== from && !ids.has(id)))
    for (const id of fresh) {
      if (ids.size >= most) return { ids, edges, isCut: true }
      ids.add(id)
    }
    frontier = [...fresh]
  }
  return { ids, edges, isCut: false }
}
