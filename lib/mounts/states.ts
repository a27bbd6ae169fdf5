import type { NodeView } from '@/lib/mounts/schema'

/** Observed states in which a mount does not serve anybody as wanted, and which do not pass by themselves. */
export const FAILING_STATES: ReadonlySet<string> = new Set([
  'hung',
  'corrupted',
  'foreign',
  'stacked',
  'stuck',
  'detached_dirty',
  'error',
])

/** Does the node behind a mount take no part any more, so that what is read there may be old? */
export function isApart(node: Pick<NodeView, 'sync'> | null | undefined): boolean {
  return node?.sync === 'stale' || node?.sync === 'split'
}
