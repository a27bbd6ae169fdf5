import type { Metadata } from 'next'
import { parametersFrom, type SearchParameters } from '@/components/data/page-parameters'
import { Prefetched } from '@/components/data/prefetched'
import { OPERATIONS_SHOWN, operationList } from '@/components/data/queries'
import { Page } from '@/components/layout/page'
import { operationFilter, operationParameters } from '@/components/operations/operation-filter'
import { OperationsTable } from '@/components/operations/operations-table'
import { pageActor } from '@/lib/auth/page-actor'
import { listOperations } from '@/lib/operations/service'

export const metadata: Metadata = { title: 'Operations' }

export default async function OperationsPage({ searchParams }: { searchParams: Promise<SearchParameters> }) {
  const search = parametersFrom(await searchParams)
  const operations = await listOperations(await pageActor(), { ...operationFilter(search), limit: OPERATIONS_SHOWN })
  return (
    <Prefetched data={[[operationList(operationParameters(search)).queryKey, operations]]}>
      <Page crumbs={[{ label: 'Operations' }]} title="Operations">
        <OperationsTable />
      </Page>
    </Prefetched>
  )
}
