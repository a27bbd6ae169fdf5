import type { Metadata } from 'next'
import { Prefetched } from '@/components/data/prefetched'
import { backendList, hostList, LIST_LIMIT } from '@/components/data/queries'
import { Page } from '@/components/layout/page'
import { NewPool } from '@/components/pools/forms/new-pool'
import { engineForms, poolKindOf } from '@/components/pools/forms/pool-kinds'
import { pageActor } from '@/lib/auth/page-actor'
import { listBackends } from '@/lib/backends/service'
import { listHosts } from '@/lib/hosts/service'

export const metadata: Metadata = { title: 'New pool · Pools' }

export default async function NewPoolPage() {
  const actor = await pageActor()
  const [backends, hosts] = await Promise.all([
    listBackends(actor, { limit: LIST_LIMIT }),
    listHosts(actor, { limit: LIST_LIMIT }),
  ])
  const kinds = backends.data.flatMap((backend) => poolKindOf(backend) ?? [])
  return (
    <Prefetched
      data={[
        [backendList().queryKey, backends],
        [hostList().queryKey, hosts],
      ]}
    >
      <Page crumbs={[{ label: 'Pools', href: '/pools' }, { label: 'New' }]} title="New pool">
        <NewPool kinds={kinds} forms={engineForms()} />
      </Page>
    </Prefetched>
  )
}
