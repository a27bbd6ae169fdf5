import type { Metadata } from 'next'
import { Suspense } from 'react'
import { NewBackend } from '@/components/backends/new-backend'
import { Prefetched } from '@/components/data/prefetched'
import { hostList, LIST_LIMIT } from '@/components/data/queries'
import { FormSkeleton } from '@/components/forms/form-skeleton'
import { Page } from '@/components/layout/page'
import { pageActor } from '@/lib/auth/page-actor'
import { listHosts } from '@/lib/hosts/service'

export const metadata: Metadata = { title: 'New backend · Backends' }

export default async function NewBackendPage() {
  const hosts = await listHosts(await pageActor(), { limit: LIST_LIMIT })
  return (
    <Prefetched data={[[hostList().queryKey, hosts]]}>
      <Page
        crumbs={[{ label: 'Backends', href: '/backends' }, { label: 'New' }]}
        title="New backend"
        subtitle="Choose what it is, fill in where it is, and see it tested before you save."
      >
        <Suspense fallback={<FormSkeleton />}>
          <NewBackend />
        </Suspense>
      </Page>
    </Prefetched>
  )
}
