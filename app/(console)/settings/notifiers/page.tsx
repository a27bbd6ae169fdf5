import type { Metadata } from 'next'
import { allowed } from '@/components/data/found'
import { Prefetched } from '@/components/data/prefetched'
import { notifierList } from '@/components/notifiers/notifier-queries'
import { NotifiersPage } from '@/components/notifiers/notifiers-page'
import { pageActor } from '@/lib/auth/page-actor'
import { listNotifiers } from '@/lib/notifiers/service'

export const metadata: Metadata = { title: 'Notifiers · Settings' }

export default async function NotifiersRoute() {
  const notifiers = await allowed(listNotifiers(await pageActor(), { limit: 1000 }))
  return (
    <Prefetched data={[[notifierList().queryKey, notifiers]]}>
      <NotifiersPage />
    </Prefetched>
  )
}
