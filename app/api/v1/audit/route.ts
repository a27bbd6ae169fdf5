import { AuditView, ListAudit } from '@/lib/audit/schema'
import { listAudit } from '@/lib/audit/service'
import { defineRoute } from '@/lib/http/define-route'
import { list } from '@/lib/http/envelope'

export const GET = defineRoute({
  permission: 'audit.read',
  summary: 'List audit entries, newest first.',
  query: ListAudit,
  response: list(AuditView),
  handle: async ({ actor, query }) => ({ body: await listAudit(actor, query) }),
})
