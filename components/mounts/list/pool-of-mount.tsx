import Link from 'next/link'
import type { MountView } from '@/lib/mounts/schema'

/** In place of the actions: such a mount is changed with its pool. */
export function PoolOfMount({ pool }: { pool: NonNullable<MountView['pool']> }) {
  return (
    <Link
      href={`/pools/${pool.id}`}
      prefetch={false}
      title={`Changed and deleted with pool ${pool.name}`}
      className="relative z-10 text-12 text-muted hover:text-ink hover:underline"
    >
      Pool’s own
    </Link>
  )
}
