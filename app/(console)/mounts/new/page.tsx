import type { Metadata } from 'next'
import { Prefetched } from '@/components/data/prefetched'
import { backendList, hostList, LIST_LIMIT } from '@/components/data/queries'
import { Page } from '@/components/layout/page'
import { NewMount } from '@/components/mounts/forms/new-mount'
import { pageActor } from '@/lib/auth/page-actor'
import { listBackends } from '@/lib/backends/service'
import { listHosts } from '@/lib/hosts/service'

export const metadata: Metadata = { title: 'New mount · Mounts' }

export default async function NewMountPage() {
  const actor = await pageActor()
  const [backends, hosts] = await Promise.all([
    listBackends(actor, { limit: LIST_LIMIT }),
    listHosts(actor, { limit: LIST_LIMIT }),
  ])
  return (
    <Prefetched
      data={[
        [backendList().queryKey, backends],
        [hostList().queryKey, hosts],
      ]}
    >
      <Page crumbs={[{ label: 'Mounts', href: '/mounts' }, { label: 'New' }]} title="New mount">
        <NewMount />
      </Page>
    </Prefetched>
  )
}
