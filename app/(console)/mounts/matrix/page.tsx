import { Plus } from 'lucide-react'
import type { Metadata } from 'next'
import { Prefetched } from '@/components/data/prefetched'
import { mountMatrix as matrixQuery } from '@/components/data/queries'
import { Page } from '@/components/layout/page'
import { MountMatrix } from '@/components/matrix/mount-matrix'
import { MountViews } from '@/components/mounts/list/mount-views'
import { ButtonLink } from '@/components/ui/button'
import { pageActor } from '@/lib/auth/page-actor'
import { mountMatrix } from '@/lib/mounts/matrix/matrix'

export const metadata: Metadata = { title: 'Matrix · Mounts' }

export default async function MatrixPage() {
  const actor = await pageActor()
  const matrix = await mountMatrix(actor)
  return (
    <Prefetched data={[[matrixQuery().queryKey, matrix]]}>
      <Page
        crumbs={[{ label: 'Mounts', href: '/mounts' }, { label: 'Matrix' }]}
        title="Mounts"
        actions={
          <>
            <MountViews current="matrix" />
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
