import type { Metadata } from 'next'
import { Prefetched } from '@/components/data/prefetched'
import { LIST_LIMIT, poolList, volumeList } from '@/components/data/queries'
import { Page } from '@/components/layout/page'
import { VolumeViews } from '@/components/volumes/list/volume-views'
import { VolumesTable } from '@/components/volumes/list/volumes-table'
import { NewVolumeButton } from '@/components/volumes/new-volume-button'
import { pageActor } from '@/lib/auth/page-actor'
import { listPools } from '@/lib/pools/service'
import { listVolumes } from '@/lib/volumes/service'

export const metadata: Metadata = { title: 'Volumes' }

export default async function VolumesPage() {
  const actor = await pageActor()
  const [volumes, pools] = await Promise.all([
    listVolumes(actor, { limit: LIST_LIMIT, sort: 'name' }),
    listPools(actor, { limit: LIST_LIMIT }),
  ])
  return (
    <Prefetched
      data={[
        [volumeList().queryKey, volumes],
        [poolList().queryKey, pools],
      ]}
    >
      <Page
        crumbs={[{ label: 'Volumes' }]}
        title="Volumes"
        actions={
          <>
            <VolumeViews current="list" />
            <NewVolumeButton />
          </>
        }
      >
        <VolumesTable />
      </Page>
    </Prefetched>
  )
}
