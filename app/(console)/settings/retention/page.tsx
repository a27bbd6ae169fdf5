import type { Metadata } from 'next'
import { allowed } from '@/components/data/found'
import { Prefetched } from '@/components/data/prefetched'
import { retention } from '@/components/data/queries'
import { RetentionPage } from '@/components/settings/retention'
import { pageActor } from '@/lib/auth/page-actor'
import { getRetention } from '@/lib/retention/service'

export const metadata: Metadata = { title: 'Retention · Settings' }

export default async function RetentionRoute() {
  const view = await allowed(getRetention(await pageActor()))
  return (
    <Prefetched data={[[retention().queryKey, view]]}>
      <RetentionPage />
    </Prefetched>
  )
}
