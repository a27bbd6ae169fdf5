import type { Metadata } from 'next'
import { NewBackend } from '@/components/backends/new-backend'
import { Prefetched } from '@/components/data/prefetched'
import { hostList, LIST_LIMIT } from '@/components/data/queries'
import { formSpecOf } from '@/components/forms/driver-rules'
import { Page } from '@/components/layout/page'
import { pageActor } from '@/lib/auth/page-actor'
import { driverById, isDriverId } from '@/lib/drivers/registry'
import { listHosts } from '@/lib/hosts/service'

export const metadata: Metadata = { title: 'New backend · Backends' }

interface Props {
  searchParams: Promise<{ type?: string | string[] }>
}

export default async function NewBackendPage({ searchParams }: Props) {
  const { type: given } = await searchParams
  const type = typeof given === 'string' ? given : ''
  const hosts = await listHosts(await pageActor(), { limit: LIST_LIMIT })
  return (
    <Prefetched data={[[hostList().queryKey, hosts]]}>
      <Page
        crumbs={[{ label: 'Backends', href: '/backends' }, { label: 'New' }]}
        title="New backend"
        subtitle="Choose what it is, fill in where it is, and see it tested before you save."
      >
        <NewBackend spec={isDriverId(type) ? formSpecOf(driverById(type)) : null} />
      </Page>
    </Prefetched>
  )
}
