import type { Metadata } from 'next'
import { cache } from 'react'
import { found, ifThere } from '@/components/data/found'
import { titleOf } from '@/components/data/page-title'
import { Prefetched } from '@/components/data/prefetched'
import { LIST_LIMIT, operationOne, operationsOf, poolList, volumeOne, volumesOf } from '@/components/data/queries'
import { VolumeDetail } from '@/components/volumes/detail/volume-detail'
import { pageActor } from '@/lib/auth/page-actor'
import { getOperation, listOperations } from '@/lib/operations/service'
import { listPools } from '@/lib/pools/service'
import { getVolume, listVolumes } from '@/lib/volumes/service'

interface Props {
  params: Promise<{ id: string }>
}

/** Read once, for the page and for its title. */
const read = cache(async (id: string) => getVolume(await pageActor(), id))

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { id } = await params
  return titleOf('Volumes', () => read(id))
}

export default async function VolumePage({ params }: Props) {
  const { id } = await params
  const actor = await pageActor()
  const volume = await found(read(id))
  const [relatives, pools, operations] = await Promise.all([
    listVolumes(actor, { pool_id: [volume.pool_id], limit: LIST_LIMIT, sort: 'name' }),
    listPools(actor, { limit: LIST_LIMIT }),
    listOperations(actor, { target_id: [id], limit: 50 }),
  ])
  const [newest] = operations.data
  const latest = newest === undefined ? null : await ifThere(getOperation(actor, newest.id))
  return (
    <Prefetched
      data={[
        [volumeOne(id).queryKey, volume],
        [volumesOf(volume.pool_id).queryKey, relatives],
        [poolList().queryKey, pools],
        [operationsOf(id).queryKey, operations],
        ...(latest ? [[operationOne(latest.id).queryKey, latest] as const] : []),
      ]}
    >
      <VolumeDetail id={id} />
    </Prefetched>
  )
}
