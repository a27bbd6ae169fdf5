import type { Metadata } from 'next'
import { allowed } from '@/components/data/found'
import { Prefetched } from '@/components/data/prefetched'
import { heartbeatOne, notifierList } from '@/components/notifiers/notifier-queries'
import { NotifiersPage } from '@/components/notifiers/notifiers-page'
import { pageActor } from '@/lib/auth/page-actor'
import { getHeartbeat } from '@/lib/heartbeat/service'
import { listNotifiers } from '@/lib/notifiers/service'

export const metadata: Metadata = { title: 'Notifiers · Settings' }

export default async function NotifiersRoute() {
  const actor = await pageActor()
  const [notifiers, heartbeat] = await allowed(
    Promise.all([listNotifiers(actor, { limit: 1000 }), getHeartbeat(actor)]),
  )
  return (
    <Prefetched
      data={[
        [notifierList().queryKey, notifiers],
        [heartbeatOne().queryKey, heartbeat],
      ]}
    >
      <NotifiersPage />
    </Prefetched>
  )
}
