import type { Metadata } from 'next'
import { Prefetched } from '@/components/data/prefetched'
import { Page } from '@/components/layout/page'
import { MonitoringViews } from '@/components/monitoring/monitoring-views'
import { ReachPage } from '@/components/reachability/reach-page'
import { reachMatrix as matrixQuery } from '@/components/reachability/reach-queries'
import { pageActor } from '@/lib/auth/page-actor'
import { reachMatrix } from '@/lib/reachability/matrix'

export const metadata: Metadata = { title: 'Reachability · Monitoring' }

export default async function Reachability() {
  const matrix = await reachMatrix(await pageActor())
  return (
    <Prefetched data={[[matrixQuery().queryKey, matrix]]}>
      <Page
        crumbs={[{ label: 'Monitoring', href: '/monitoring' }, { label: 'Reachability' }]}
        title="Monitoring"
        actions={<MonitoringViews current="reachability" />}
      >
        <ReachPage />
      </Page>
    </Prefetched>
  )
}
