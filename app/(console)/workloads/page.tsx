import type { Metadata } from 'next'
import { Prefetched } from '@/components/data/prefetched'
import { LIST_LIMIT } from '@/components/data/queries'
import { Page } from '@/components/layout/page'
import { NewContainerButton } from '@/components/workloads/containers/new-container-button'
import { NewMachineButton } from '@/components/workloads/machines/new-machine-button'
import { workloadList } from '@/components/workloads/workload-queries'
import { WorkloadsTable } from '@/components/workloads/workloads-table'
import { pageActor } from '@/lib/auth/page-actor'
import { listWorkloads } from '@/lib/workloads/service'

export const metadata: Metadata = { title: 'Workloads' }

export default async function WorkloadsRoute() {
  const workloads = await listWorkloads(await pageActor(), { limit: LIST_LIMIT })
  return (
    <Prefetched data={[[workloadList().queryKey, workloads]]}>
      <Page
        crumbs={[{ label: 'Workloads' }]}
        title="Workloads"
        actions={
          <>
            <NewMachineButton />
            <NewContainerButton />
          </>
        }
      >
        <WorkloadsTable />
      </Page>
    </Prefetched>
  )
}
