import type { Metadata } from 'next'
import { cache } from 'react'
import { BackendDetail } from '@/components/backends/detail/backend-detail'
import { found, ifThere } from '@/components/data/found'
import { titleOf } from '@/components/data/page-title'
import { Prefetched } from '@/components/data/prefetched'
import { backendOne, LIST_LIMIT, mountsOf, operationOne, operationsOf } from '@/components/data/queries'
import { pageActor } from '@/lib/auth/page-actor'
import { getBackend } from '@/lib/backends/service'
import { listMounts } from '@/lib/mounts/service'
import { getOperation, listOperations } from '@/lib/operations/service'

interface Props {
  params: Promise<{ id: string }>
}

/** Read once, for the page and for its title. */
const read = cache(async (id: string) => getBackend(await pageActor(), id))

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { id } = await params
  return titleOf('Backends', () => read(id))
}

export default async function BackendPage({ params }: Props) {
  const { id } = await params
  const actor = await pageActor()
  const [backend, mounts, operations] = await found(
    Promise.all([
      read(id),
      listMounts(actor, { backend_id: [id], limit: LIST_LIMIT }),
      listOperations(actor, { target_id: [id], limit: 50 }),
    ]),
  )
  const { last_test_operation: test } = backend
  const tested = test === null ? null : await ifThere(getOperation(actor, test))
  return (
    <Prefetched
      data={[
        [backendOne(id).queryKey, backend],
        [mountsOf({ backend_id: id }).queryKey, mounts],
        [operationsOf(id).queryKey, operations],
        ...(tested ? [[operationOne(tested.id).queryKey, tested] as const] : []),
      ]}
    >
      <BackendDetail id={id} />
    </Prefetched>
  )
}
