import type { Metadata } from 'next'
import { found } from '@/components/data/found'
import { Prefetched } from '@/components/data/prefetched'
import { mountOne, operationsOf } from '@/components/data/queries'
import { MountDetail } from '@/components/mounts/detail/mount-detail'
import { pageActor } from '@/lib/auth/page-actor'
import { getMount } from '@/lib/mounts/service'
import { listOperations } from '@/lib/operations/service'

export const metadata: Metadata = { title: 'Mount' }

export default async function MountPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params
  const actor = await pageActor()
  const [mount, operations] = await found(
    Promise.all([getMount(actor, id), listOperations(actor, { target_id: id, limit: 50 })]),
  )
  return (
    <Prefetched
      data={[
        [mountOne(id).queryKey, mount],
        [operationsOf(id).queryKey, operations],
      ]}
    >
      <MountDetail id={id} />
    </Prefetched>
  )
}
