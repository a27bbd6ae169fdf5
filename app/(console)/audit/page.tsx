import type { Metadata } from 'next'
import { auditFilter, auditParameters } from '@/components/audit/audit-filter'
import { AuditTable } from '@/components/audit/audit-table'
import { allowed } from '@/components/data/found'
import { parametersFrom, type SearchParameters } from '@/components/data/page-parameters'
import { Prefetched } from '@/components/data/prefetched'
import { AUDIT_PAGE, auditPages } from '@/components/data/queries'
import { Page } from '@/components/layout/page'
import { listAudit } from '@/lib/audit/service'
import { pageActor } from '@/lib/auth/page-actor'

export const metadata: Metadata = { title: 'Audit' }

export default async function AuditPage({ searchParams }: { searchParams: Promise<SearchParameters> }) {
  const search = parametersFrom(await searchParams)
  const first = await allowed(listAudit(await pageActor(), { ...auditFilter(search), limit: AUDIT_PAGE }))
  return (
    <Prefetched data={[[auditPages(auditParameters(search)).queryKey, { pages: [first], pageParams: [''] }]]}>
      <Page
        crumbs={[{ label: 'Audit' }]}
        title="Audit"
        subtitle="Every change, who made it, and a seal over all that came before."
      >
        <AuditTable />
      </Page>
    </Prefetched>
  )
}
