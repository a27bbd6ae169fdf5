interface Named {
  id: string
  name: string
}

export interface Owned {
  pool: Named | null
  repository: Named | null
}

/** The pool or repository that a mount is a part of. */
export function ownerOf({ pool, repository }: Owned) {
  if (pool !== null) return { kind: 'pool', ...pool } as const
  return repository === null ? null : ({ kind: 'repository', ...repository } as const)
}
