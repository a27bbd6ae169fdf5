import { ButtonLink } from '@/components/ui/button'
import { Note } from '@/components/ui/feedback'
import type { MountView } from '@/lib/mounts/schema'

/** Why nothing can be changed here. */
export function OwnedByPool({ pool }: { pool: NonNullable<MountView['pool']> }) {
  return (
    <Note
      className="mb-5"
      title={`It belongs to pool ${pool.name}.`}
      action={
        <ButtonLink href={`/pools/${pool.id}`} size="sm">
          Open the pool
        </ButtonLink>
      }
    >
      It is made, changed and deleted with that, and its volumes lie in it.
    </Note>
  )
}
