import type { Metadata } from 'next'
import { allowed } from '@/components/data/found'
import { Prefetched } from '@/components/data/prefetched'
import { systemHealth } from '@/components/data/queries'
import { HealthPage } from '@/components/settings/health'
import { pageActor } from '@/lib/auth/page-actor'
import { getHealth } from '@/lib/health/service'

export const metadata: Metadata = { title: 'Health · Settings' }

export default async function HealthRoute() {
  const view = await allowed(getHealth(await pageActor()))
  return (
    <Prefetched data={[[systemHealth().queryKey, view]]}>
      <HealthPage />
    </Prefetched>
  )
}
