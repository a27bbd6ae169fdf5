import type { Metadata } from 'next'
import { BackendDetail } from '@/components/backends/detail/backend-detail'
import { found } from '@/components/data/found'
import { Prefetched } from '@/components/data/prefetched'
import { backendOne, LIST_LIMIT, mountsOf, operationsOf } from '@/components/data/queries'
import { pageActor } from '@/lib/auth/page-actor'
import { getBackend } from '@/lib/backends/service'
import { listMounts } from '@/lib/mounts/service'
import { listOperations } from '@/lib/operations/service'

export const metadata: Metadata = { title: 'Backend' }

export default async function BackendPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params
  const actor = await pageActor()
  const [backend, mounts, operations] = await found(
    Promise.all([
      getBackend(actor, id),
      listMounts(actor, { backend_id: id, limit: LIST_LIMIT }),
      listOperations(actor, { target_id: id, limit: 50 }),
    ]),
  )
  return (
    <Prefetched
      data={[
        [backendOne(id).queryKey, backend],
        [mountsOf({ backend_id: id }).queryKey, mounts],
        [operationsOf(id).queryKey, operations],
      ]}
    >
      <BackendDetail id={id} />
    </Prefetched>
  )
}
