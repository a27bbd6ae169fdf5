import { HoldfastError } from '@/lib/errors'
import { type Owned, ownerOf } from '@/lib/mounts/owned-by'

/** Throws `conflict` that names the owner for a mount that is a pool's or a repository's own: it is made, changed and deleted with that. */
export function requireNoOwner(mount: Owned & { name: string }): void {
  const owner = ownerOf(mount)
  if (owner === null) return
  throw new HoldfastError(
    'conflict',
    `Mount '${mount.name}' belongs to ${owner.kind} '${owner.name}', and is changed and deleted with it: change the ${owner.kind} instead.`,
    { details: { used_by: [owner] } },
  )
}
