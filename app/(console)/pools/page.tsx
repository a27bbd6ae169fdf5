import { Plus } from 'lucide-react'
import type { Metadata } from 'next'
import { Prefetched } from '@/components/data/prefetched'
import { LIST_LIMIT, poolList } from '@/components/data/queries'
import { Page } from '@/components/layout/page'
import { PoolsTable } from '@/components/pools/list/pools-table'
import { ButtonLink } from '@/components/ui/button'
import { pageActor } from '@/lib/auth/page-actor'
import { listPools } from '@/lib/pools/service'

export const metadata: Metadata = { title: 'Pools' }

export default async function PoolsPage() {
  const actor = await pageActor()
  const pools = await listPools(actor, { limit: LIST_LIMIT })
  return (
    <Prefetched data={[[poolList().queryKey, pools]]}>
      <Page
        crumbs={[{ label: 'Pools' }]}
        title="Pools"
        actions={
          actor.permissions.has('pools.write') && (
            <ButtonLink href="/pools/new" variant="primary" icon={Plus}>
              New pool
            </ButtonLink>
          )
        }
      >
        <PoolsTable />
      </Page>
    </Prefetched>
  )
}
