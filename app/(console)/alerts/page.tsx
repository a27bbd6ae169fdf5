import type { Metadata } from 'next'
import { ALERTS_SHOWN, alertsOpen, NOT_OVER } from '@/components/alerts/alert-queries'
import { AlertsPage } from '@/components/alerts/alerts-page'
import { Prefetched } from '@/components/data/prefetched'
import { Page } from '@/components/layout/page'
import { listAlerts } from '@/lib/alerts/service'
import { pageActor } from '@/lib/auth/page-actor'

export const metadata: Metadata = { title: 'Alerts' }

export default async function Alerts() {
  const alerts = await listAlerts(await pageActor(), { state: [...NOT_OVER], limit: ALERTS_SHOWN })
  return (
    <Prefetched data={[[alertsOpen().queryKey, alerts]]}>
      <Page crumbs={[{ label: 'Alerts' }]} title="Alerts">
        <AlertsPage />
      </Page>
    </Prefetched>
  )
}
