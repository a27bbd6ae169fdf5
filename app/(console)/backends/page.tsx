import { Plus } from 'lucide-react'
import type { Metadata } from 'next'
import { ImportButton } from '@/components/backends/import-button'
import { BackendsTable } from '@/components/backends/list/backends-table'
import { Prefetched } from '@/components/data/prefetched'
import { backendList, LIST_LIMIT } from '@/components/data/queries'
import { Page } from '@/components/layout/page'
import { ButtonLink } from '@/components/ui/button'
import { pageActor } from '@/lib/auth/page-actor'
import { listBackends } from '@/lib/backends/service'

export const metadata: Metadata = { title: 'Backends' }

export default async function BackendsPage() {
  const actor = await pageActor()
  const backends = await listBackends(actor, { limit: LIST_LIMIT })
  return (
    <Prefetched data={[[backendList().queryKey, backends]]}>
      <Page
        crumbs={[{ label: 'Backends' }]}
        title="Backends"
        actions={
          actor.permissions.has('backends.write') && (
            <>
              <ImportButton />
              <ButtonLink href="/backends/new" variant="primary" icon={Plus}>
                New backend
              </ButtonLink>
            </>
          )
        }
      >
        <BackendsTable />
      </Page>
    </Prefetched>
  )
}
