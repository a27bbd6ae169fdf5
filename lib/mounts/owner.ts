import { HoldfastError } from '@/lib/errors'

/** Throws `conflict` that names the pool for a mount that is a pool's own: it is made, changed and deleted with that. */
export function requireNoPool({ name, pool }: { name: string; pool: { id: string; name: string } | null }): void {
  if (pool === null) return
  throw new HoldfastError(
    'conflict',
    `Mount '${name}' belongs to pool '${pool.name}', and is changed and deleted with it: change the pool instead.`,
    { details: { used_by: [{ kind: 'pool', ...pool }] } },
  )
}
