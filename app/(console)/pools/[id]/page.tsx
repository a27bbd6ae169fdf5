import type { Metadata } from 'next'
import { cache } from 'react'
import { found, ifThere } from '@/components/data/found'
import { titleOf } from '@/components/data/page-title'
import { Prefetched } from '@/components/data/prefetched'
import { LIST_LIMIT, operationOne, operationsOf, poolOne, volumesOf } from '@/components/data/queries'
import { PoolDetail } from '@/components/pools/detail/pool-detail'
import { engineForms } from '@/components/pools/forms/pool-kinds'
import { pageActor } from '@/lib/auth/page-actor'
import { getOperation, listOperations } from '@/lib/operations/service'
import { getPool } from '@/lib/pools/service'
import { listVolumes } from '@/lib/volumes/service'

interface Props {
  params: Promise<{ id: string }>
}

/** Read once, for the page and for its title. */
const read = cache(async (id: string) => getPool(await pageActor(), id))

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { id } = await params
  return titleOf('Pools', () => read(id))
}

export default async function PoolPage({ params }: Props) {
  const { id } = await params
  const actor = await pageActor()
  const [pool, volumes, operations] = await found(
    Promise.all([
      read(id),
      listVolumes(actor, { pool_id: [id], limit: LIST_LIMIT, sort: 'name' }),
      listOperations(actor, { target_id: [id], limit: 50 }),
    ]),
  )
  const [newest] = operations.data
  const latest = newest === undefined ? null : await ifThere(getOperation(actor, newest.id))
  return (
    <Prefetched
      data={[
        [poolOne(id).queryKey, pool],
        [volumesOf(id).queryKey, volumes],
        [operationsOf(id).queryKey, operations],
        ...(latest ? [[operationOne(latest.id).queryKey, latest] as const] : []),
      ]}
    >
      <PoolDetail id={id} forms={engineForms()} />
    </Prefetched>
  )
}
