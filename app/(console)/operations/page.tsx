import type { Metadata } from 'next'
import { Prefetched } from '@/components/data/prefetched'
import { OPERATIONS_SHOWN, operationList } from '@/components/data/queries'
import { Page } from '@/components/layout/page'
import { OperationsTable } from '@/components/operations/operations-table'
import { pageActor } from '@/lib/auth/page-actor'
import { listOperations } from '@/lib/operations/service'

export const metadata: Metadata = { title: 'Operations' }

export default async function OperationsPage() {
  const operations = await listOperations(await pageActor(), { limit: OPERATIONS_SHOWN })
  return (
    <Prefetched data={[[operationList().queryKey, operations]]}>
      <Page crumbs={[{ label: 'Operations' }]} title="Operations">
        <OperationsTable />
      </Page>
    </Prefetched>
  )
}
