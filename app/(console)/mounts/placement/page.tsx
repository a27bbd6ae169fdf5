import { Plus } from 'lucide-react'
import type { Metadata } from 'next'
import { Prefetched } from '@/components/data/prefetched'
import { mountMatrix as matrixQuery } from '@/components/data/queries'
import { Page } from '@/components/layout/page'
import { MountViews } from '@/components/mounts/list/mount-views'
import { MountMatrix } from '@/components/placement/mount-matrix'
import { ButtonLink } from '@/components/ui/button'
import { pageActor } from '@/lib/auth/page-actor'
import { mountMatrix } from '@/lib/mounts/matrix/matrix'

export const metadata: Metadata = { title: 'Placement · Mounts' }

export default async function PlacementPage() {
  const actor = await pageActor()
  const matrix = await mountMatrix(actor)
  return (
    <Prefetched data={[[matrixQuery().queryKey, matrix]]}>
      <Page
        crumbs={[{ label: 'Mounts', href: '/mounts' }, { label: 'Placement' }]}
        title="Mounts"
        actions={
          <>
            <MountViews current="placement" />
            {actor.permissions.has('mounts.write') && (
              <ButtonLink href="/mounts/new" variant="primary" icon={Plus}>
                New mount
              </ButtonLink>
            )}
          </>
        }
      >
        <MountMatrix />
      </Page>
    </Prefetched>
  )
}
