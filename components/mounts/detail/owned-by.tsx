import { ButtonLink } from '@/components/ui/button'
import { Note } from '@/components/ui/feedback'
import { ownerOf } from '@/lib/mounts/owned-by'
import type { MountView } from '@/lib/mounts/schema'

const HOLDS = { pool: 'its volumes lie in it', repository: 'backups lie in it' } as const
const PAGES = { pool: '/pools', repository: '/repositories' } as const

/** Why nothing can be changed here; null where it can. */
export function OwnedBy({ mount }: { mount: MountView }) {
  const owner = ownerOf(mount)
  if (owner === null) return null
  return (
    <Note
      className="mb-5"
      title={`It belongs to ${owner.kind} ${owner.name}.`}
      action={
        <ButtonLink href={`${PAGES[owner.kind]}/${owner.id}`} size="sm">
          Open the {owner.kind}
        </ButtonLink>
      }
    >
      It is made, changed and deleted with that, and {HOLDS[owner.kind]}.
    </Note>
  )
}
