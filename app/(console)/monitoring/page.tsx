import type { Metadata } from 'next'
import { Prefetched } from '@/components/data/prefetched'
import { Page } from '@/components/layout/page'
import { monitoringOverview } from '@/components/monitoring/monitoring-queries'
import { MonitoringViews } from '@/components/monitoring/monitoring-views'
import { MonitoringPage } from '@/components/monitoring/overview/monitoring-page'
import { pageActor } from '@/lib/auth/page-actor'
import { monitoringOverview as getOverview } from '@/lib/monitoring/overview'

export const metadata: Metadata = { title: 'Monitoring' }

export default async function Monitoring() {
  const overview = await getOverview(await pageActor())
  return (
    <Prefetched data={[[monitoringOverview().queryKey, overview]]}>
      <Page crumbs={[{ label: 'Monitoring' }]} title="Monitoring" actions={<MonitoringViews current="capacity" />}>
        <MonitoringPage />
      </Page>
    </Prefetched>
  )
}
