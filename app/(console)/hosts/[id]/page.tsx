import type { Metadata } from 'next'
import { cache } from 'react'
import { found } from '@/components/data/found'
import { titleOf } from '@/components/data/page-title'
import { Prefetched } from '@/components/data/prefetched'
import { hostOne, LIST_LIMIT, mountsOf, operationsOnHost } from '@/components/data/queries'
import { HostDetail } from '@/components/hosts/host-detail'
import { pageActor } from '@/lib/auth/page-actor'
import { getHost } from '@/lib/hosts/service'
import { listMounts } from '@/lib/mounts/service'
import { listOperations } from '@/lib/operations/service'

interface Props {
  params: Promise<{ id: string }>
}

/** Read once, for the page and for its title. */
const read = cache(async (id: string) => getHost(await pageActor(), id))

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { id } = await params
  return titleOf('Hosts', () => read(id))
}

export default async function HostPage({ params }: Props) {
  const { id } = await params
  const actor = await pageActor()
  const [host, mounts, operations] = await found(
    Promise.all([
      read(id),
      listMounts(actor, { host_id: [id], limit: LIST_LIMIT }),
      listOperations(actor, { host_id: [id], limit: 50 }),
    ]),
  )
  return (
    <Prefetched
      data={[
        [hostOne(id).queryKey, host],
        [mountsOf({ host_id: id }).queryKey, mounts],
        [operationsOnHost(id).queryKey, operations],
      ]}
    >
      <HostDetail id={id} />
    </Prefetched>
  )
}
