import type { Metadata } from 'next'
import { cache } from 'react'
import { allowed, found } from '@/components/data/found'
import { titleOf } from '@/components/data/page-title'
import { Prefetched } from '@/components/data/prefetched'
import { NotifierDetail } from '@/components/notifiers/notifier-detail'
import { DELIVERIES_SHOWN, deliveryList, notifierOne } from '@/components/notifiers/notifier-queries'
import { pageActor } from '@/lib/auth/page-actor'
import { listDeliveries } from '@/lib/notifiers/delivery-service'
import { getNotifier } from '@/lib/notifiers/service'

interface Props {
  params: Promise<{ id: string }>
}

/** Read once, for the page and for its title. */
const read = cache(async (id: string) => getNotifier(await pageActor(), id))

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { id } = await params
  return titleOf('Notifiers', () => read(id))
}

export default async function NotifierPage({ params }: Props) {
  const { id } = await params
  const notifier = await allowed(found(read(id)))
  const deliveries = await listDeliveries(await pageActor(), id, { limit: DELIVERIES_SHOWN })
  return (
    <Prefetched
      data={[
        [notifierOne(id).queryKey, notifier],
        [deliveryList(id).queryKey, deliveries],
      ]}
    >
      <NotifierDetail id={id} />
    </Prefetched>
  )
}
