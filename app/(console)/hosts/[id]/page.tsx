import type { Metadata } from 'next'
import { found } from '@/components/data/found'
import { Prefetched } from '@/components/data/prefetched'
import { hostOne, LIST_LIMIT, mountsOf, operationsOf } from '@/components/data/queries'
import { HostDetail } from '@/components/hosts/host-detail'
import { pageActor } from '@/lib/auth/page-actor'
import { getHost } from '@/lib/hosts/service'
import { listMounts } from '@/lib/mounts/service'
import { listOperations } from '@/lib/operations/service'

export const metadata: Metadata = { title: 'Host' }

export default async function HostPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params
  const actor = await pageActor()
  const [host, mounts, operations] = await found(
    Promise.all([
      getHost(actor, id),
      listMounts(actor, { host_id: id, limit: LIST_LIMIT }),
      listOperations(actor, { target_id: id, limit: 50 }),
    ]),
  )
  return (
    <Prefetched
      data={[
        [hostOne(id).queryKey, host],
        [mountsOf({ host_id: id }).queryKey, mounts],
        [operationsOf(id).queryKey, operations],
      ]}
    >
      <HostDetail id={id} />
    </Prefetched>
  )
}
