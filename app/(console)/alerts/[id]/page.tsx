import type { Metadata } from 'next'
import { cache } from 'react'
import { AlertDetail } from '@/components/alerts/alert-detail'
import { alertOne } from '@/components/alerts/alert-queries'
import { found } from '@/components/data/found'
import { titleOf } from '@/components/data/page-title'
import { Prefetched } from '@/components/data/prefetched'
import { getAlert } from '@/lib/alerts/service'
import { pageActor } from '@/lib/auth/page-actor'

interface Props {
  params: Promise<{ id: string }>
}

/** Read once, for the page and for its title. */
const read = cache(async (id: string) => getAlert(await pageActor(), id))

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { id } = await params
  return titleOf('Alerts', async () => ({ name: (await read(id)).title }))
}

export default async function AlertPage({ params }: Props) {
  const { id } = await params
  const alert = await found(read(id))
  return (
    <Prefetched data={[[alertOne(id).queryKey, alert]]}>
      <AlertDetail id={id} />
    </Prefetched>
  )
}
