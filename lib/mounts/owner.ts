import { HoldfastError } from '@/lib/errors'

interface Named {
  id: string
  name: string
}

interface Owned {
  name: string
  pool: Named | null
  repository: Named | null
}

/** The pool or repository that a mount is a part of. */
export function ownerOf({ pool, repository }: Pick<Owned, 'pool' | 'repository'>) {
  if (pool !== null) return { kind: 'pool', ...pool } as const
  return repository === null ? null : ({ kind: 'repository', ...repository } as const)
}

/** Throws `conflict` that names the owner for a mount that is a pool's or a repository's own: it is made, changed and deleted with that. */
export function requireNoOwner(mount: Owned): void {
  const owner = ownerOf(mount)
  if (owner === null) return
  throw new HoldfastError(
    'conflict',
    `Mount '${mount.name}' belongs to ${owner.kind} '${owner.name}', and is changed and deleted with it: change the ${owner.kind} instead.`,
    { details: { used_by: [owner] } },
  )
}
