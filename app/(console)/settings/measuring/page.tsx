import type { Metadata } from 'next'
import { allowed } from '@/components/data/found'
import { Prefetched } from '@/components/data/prefetched'
import { sampling } from '@/components/data/queries'
import { MeasuringPage } from '@/components/settings/measuring'
import { pageActor } from '@/lib/auth/page-actor'
import { getSampling } from '@/lib/monitoring/sampling/service'

export const metadata: Metadata = { title: 'Measuring · Settings' }

export default async function MeasuringRoute() {
  const view = await allowed(getSampling(await pageActor()))
  return (
    <Prefetched data={[[sampling().queryKey, view]]}>
      <MeasuringPage />
    </Prefetched>
  )
}
