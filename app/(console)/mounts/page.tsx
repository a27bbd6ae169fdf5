import { Plus } from 'lucide-react'
import type { Metadata } from 'next'
import { Prefetched } from '@/components/data/prefetched'
import { LIST_LIMIT, mountList } from '@/components/data/queries'
import { Page } from '@/components/layout/page'
import { MountViews } from '@/components/mounts/list/mount-views'
import { MountsTable } from '@/components/mounts/list/mounts-table'
import { ButtonLink } from '@/components/ui/button'
import { pageActor } from '@/lib/auth/page-actor'
import { listMounts } from '@/lib/mounts/service'

export const metadata: Metadata = { title: 'Mounts' }

export default async function MountsPage() {
  const actor = await pageActor()
  const mounts = await listMounts(actor, { limit: LIST_LIMIT })
  return (
    <Prefetched data={[[mountList().queryKey, mounts]]}>
      <Page
        crumbs={[{ label: 'Mounts' }]}
        title="Mounts"
        actions={
          <>
            <MountViews current="list" />
            {actor.permissions.has('mounts.write') && (
              <ButtonLink href="/mounts/new" variant="primary" icon={Plus}>
                New mount
              </ButtonLink>
            )}
          </>
        }
      >
        <MountsTable />
      </Page>
    </Prefetched>
  )
}
