import type { Metadata } from 'next'
import { cache } from 'react'
import { found } from '@/components/data/found'
import { titleOf } from '@/components/data/page-title'
import { Prefetched } from '@/components/data/prefetched'
import { LIST_LIMIT, leasesOf, operationsOf, repositoryOne } from '@/components/data/queries'
import { RepositoryDetail } from '@/components/repositories/detail/repository-detail'
import { pageActor } from '@/lib/auth/page-actor'
import { listOperations } from '@/lib/operations/service'
import { listLeases } from '@/lib/repositories/leases'
import { getRepository } from '@/lib/repositories/service'

interface Props {
  params: Promise<{ id: string }>
}

/** Read once, for the page and for its title. */
const read = cache(async (id: string) => getRepository(await pageActor(), id))

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { id } = await params
  return titleOf('Repositories', () => read(id))
}

export default async function RepositoryPage({ params }: Props) {
  const { id } = await params
  const actor = await pageActor()
  const [repository, leases, operations] = await found(
    Promise.all([
      read(id),
      listLeases(actor, id, { limit: LIST_LIMIT }),
      listOperations(actor, { target_id: [id], limit: 50 }),
    ]),
  )
  return (
    <Prefetched
      data={[
        [repositoryOne(id).queryKey, repository],
        [leasesOf(id).queryKey, leases],
        [operationsOf(id).queryKey, operations],
      ]}
    >
      <RepositoryDetail id={id} />
    </Prefetched>
  )
}
