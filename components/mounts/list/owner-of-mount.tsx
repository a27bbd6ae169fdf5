import Link from 'next/link'
import { ownerOf } from '@/lib/mounts/owned-by'
import type { MountView } from '@/lib/mounts/schema'

const OWN = {
  pool: { path: '/pools', words: 'Pool’s own' },
  repository: { path: '/repositories', words: 'Repository’s own' },
} as const

/** In the place of actions of a mount that goes with something else. */
export function OwnerOfMount({ mount }: { mount: MountView }) {
  const owner = ownerOf(mount)
  if (owner === null) return null
  return (
    <Link
      href={`${OWN[owner.kind].path}/${owner.id}`}
      prefetch={false}
      title={`Changed and deleted with ${owner.kind} ${owner.name}`}
      className="relative z-10 text-12 text-muted hover:text-ink hover:underline"
    >
      {OWN[owner.kind].words}
    </Link>
  )
}
