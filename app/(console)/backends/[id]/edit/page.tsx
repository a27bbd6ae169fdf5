import type { Metadata } from 'next'
import { cache } from 'react'
import { EditBackend } from '@/components/backends/edit-backend'
import { found } from '@/components/data/found'
import { titleOf } from '@/components/data/page-title'
import { Prefetched } from '@/components/data/prefetched'
import { backendOne, hostList, LIST_LIMIT } from '@/components/data/queries'
import { formSpecOf } from '@/components/forms/driver-rules'
import { Page } from '@/components/layout/page'
import { pageActor } from '@/lib/auth/page-actor'
import { getBackend } from '@/lib/backends/service'
import { driverById } from '@/lib/drivers/registry'
import { listHosts } from '@/lib/hosts/service'

interface Props {
  params: Promise<{ id: string }>
}

/** Read once, for the page and for its title. */
const read = cache(async (id: string) => getBackend(await pageActor(), id))

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { id } = await params
  return titleOf('Backends', async () => ({ name: `Edit ${(await read(id)).name}` }))
}

export default async function EditBackendPage({ params }: Props) {
  const { id } = await params
  const actor = await pageActor()
  const [backend, hosts] = await found(Promise.all([read(id), listHosts(actor, { limit: LIST_LIMIT })]))
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
        <EditBackend id={id} spec={formSpecOf(driverById(backend.driver))} />
      </Page>
    </Prefetched>
  )
}
