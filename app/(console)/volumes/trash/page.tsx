import type { Metadata } from 'next'
import { Prefetched } from '@/components/data/prefetched'
import { LIST_LIMIT, volumeTrash } from '@/components/data/queries'
import { Page } from '@/components/layout/page'
import { VolumeViews } from '@/components/volumes/list/volume-views'
import { TrashTable } from '@/components/volumes/list/volumes-table'
import { pageActor } from '@/lib/auth/page-actor'
import { listVolumes } from '@/lib/volumes/service'

export const metadata: Metadata = { title: 'Trash · Volumes' }

export default async function TrashPage() {
  const actor = await pageActor()
  const volumes = await listVolumes(actor, { phase: ['TRASHED'], limit: LIST_LIMIT, sort: 'name' })
  return (
    <Prefetched data={[[volumeTrash().queryKey, volumes]]}>
      <Page
        crumbs={[{ label: 'Volumes', href: '/volumes' }, { label: 'Trash' }]}
        title="Trash"
        actions={<VolumeViews current="trash" />}
      >
        <TrashTable />
      </Page>
    </Prefetched>
  )
}
