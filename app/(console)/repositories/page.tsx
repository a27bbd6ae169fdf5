import { Plus } from 'lucide-react'
import type { Metadata } from 'next'
import { Prefetched } from '@/components/data/prefetched'
import { LIST_LIMIT, repositoryList } from '@/components/data/queries'
import { Page } from '@/components/layout/page'
import { RepositoriesTable } from '@/components/repositories/list/repositories-table'
import { ButtonLink } from '@/components/ui/button'
import { pageActor } from '@/lib/auth/page-actor'
import { listRepositories } from '@/lib/repositories/service'

export const metadata: Metadata = { title: 'Repositories' }

export default async function RepositoriesPage() {
  const actor = await pageActor()
  const repositories = await listRepositories(actor, { limit: LIST_LIMIT })
  return (
    <Prefetched data={[[repositoryList().queryKey, repositories]]}>
      <Page
        crumbs={[{ label: 'Repositories' }]}
        title="Repositories"
        actions={
          actor.permissions.has('repositories.write') && (
            <ButtonLink href="/repositories/new" variant="primary" icon={Plus}>
              New repository
            </ButtonLink>
          )
        }
      >
        <RepositoriesTable />
      </Page>
    </Prefetched>
  )
}
