import type { Metadata } from 'next'
import { Prefetched } from '@/components/data/prefetched'
import { hostList, LIST_LIMIT } from '@/components/data/queries'
import { HostsPage } from '@/components/hosts/hosts-page'
import { pageActor } from '@/lib/auth/page-actor'
import { listHosts } from '@/lib/hosts/service'

export const metadata: Metadata = { title: 'Hosts' }

export default async function HostsRoute() {
  const hosts = await listHosts(await pageActor(), { limit: LIST_LIMIT })
  return (
    <Prefetched data={[[hostList().queryKey, hosts]]}>
      <HostsPage />
    </Prefetched>
  )
}
