import type { Metadata } from 'next'
import { AuditTable } from '@/components/audit/audit-table'
import { Prefetched } from '@/components/data/prefetched'
import { AUDIT_PAGE, auditPages } from '@/components/data/queries'
import { Page } from '@/components/layout/page'
import { listAudit } from '@/lib/audit/service'
import { pageActor } from '@/lib/auth/page-actor'

export const metadata: Metadata = { title: 'Audit' }

export default async function AuditPage() {
  const first = await listAudit(await pageActor(), { limit: AUDIT_PAGE })
  return (
    <Prefetched data={[[auditPages().queryKey, { pages: [first], pageParams: [''] }]]}>
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
