import type { Metadata } from 'next'
import { cache } from 'react'
import { found, ifThere } from '@/components/data/found'
import { titleOf } from '@/components/data/page-title'
import { Prefetched } from '@/components/data/prefetched'
import { mountOne, operationOne, operationsOf } from '@/components/data/queries'
import { MountDetail } from '@/components/mounts/detail/mount-detail'
import { pageActor } from '@/lib/auth/page-actor'
import { getMount } from '@/lib/mounts/service'
import { getOperation, listOperations } from '@/lib/operations/service'

interface Props {
  params: Promise<{ id: string }>
}

/** Read once, for the page and for its title. */
const read = cache(async (id: string) => getMount(await pageActor(), id))

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { id } = await params
  return titleOf('Mounts', () => read(id))
}

export default async function MountPage({ params }: Props) {
  const { id } = await params
  const actor = await pageActor()
  const [mount, operations] = await found(
    Promise.all([read(id), listOperations(actor, { target_id: [id], limit: 50 })]),
  )
  const [newest] = operations.data
  const latest = newest === undefined ? null : await ifThere(getOperation(actor, newest.id))
  return (
    <Prefetched
      data={[
        [mountOne(id).queryKey, mount],
        [operationsOf(id).queryKey, operations],
        ...(latest ? [[operationOne(latest.id).queryKey, latest] as const] : []),
      ]}
    >
      <MountDetail id={id} />
    </Prefetched>
  )
}
