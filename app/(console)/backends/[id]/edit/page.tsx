import type { Metadata } from 'next'
import { EditBackend } from '@/components/backends/edit-backend'
import { found } from '@/components/data/found'
import { Prefetched } from '@/components/data/prefetched'
import { backendOne, hostList, LIST_LIMIT } from '@/components/data/queries'
import { Page } from '@/components/layout/page'
import { pageActor } from '@/lib/auth/page-actor'
import { getBackend } from '@/lib/backends/service'
import { listHosts } from '@/lib/hosts/service'

export const metadata: Metadata = { title: 'Edit backend' }

export default async function EditBackendPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params
  const actor = await pageActor()
  const [backend, hosts] = await found(Promise.all([getBackend(actor, id), listHosts(actor, { limit: LIST_LIMIT })]))
  return (
    <Prefetched
      data={[
        [backendOne(id).queryKey, backend],
        [hostList().queryKey, hosts],
      ]}
    >
      <Page
        crumbs={[
          { label: 'Backends', href: '/backends' },
          { label: backend.name, href: `/backends/${id}` },
          { label: 'Edit' },
        ]}
        title={`Edit ${backend.name}`}
        subtitle={
          backend.mount_count > 0 ? 'Hosts on which it is mounted remount it with the new settings.' : undefined
        }
      >
        <EditBackend id={id} />
      </Page>
    </Prefetched>
  )
}
