import type { Metadata } from 'next'
import { Prefetched } from '@/components/data/prefetched'
import { hostList, LIST_LIMIT } from '@/components/data/queries'
import { Page } from '@/components/layout/page'
import { NewRepository } from '@/components/repositories/forms/new-repository'
import { pageActor } from '@/lib/auth/page-actor'
import { listBackends } from '@/lib/backends/service'
import { listHosts } from '@/lib/hosts/service'
import { refusalOf } from '@/lib/repositories/view'

export const metadata: Metadata = { title: 'New repository · Repositories' }

export default async function NewRepositoryPage() {
  const actor = await pageActor()
  const [backends, hosts] = await Promise.all([
    listBackends(actor, { limit: LIST_LIMIT }),
    listHosts(actor, { limit: LIST_LIMIT }),
  ])
  return (
    <Prefetched data={[[hostList().queryKey, hosts]]}>
      <Page crumbs={[{ label: 'Repositories', href: '/repositories' }, { label: 'New' }]} title="New repository">
        <NewRepository backends={backends.data.filter(({ driver }) => refusalOf(driver) === null)} />
      </Page>
    </Prefetched>
  )
}
