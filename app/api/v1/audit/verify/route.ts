import { AuditVerdictView, VerifyAudit } from '@/lib/audit/schema'
import { verifyAudit } from '@/lib/audit/service'
import { defineRoute } from '@/lib/http/define-route'
import { single } from '@/lib/http/envelope'

export const GET = defineRoute({
  permission: 'audit.read',
  summary: 'Check the hash chain of the audit; with sequence and hash, also that this entry is still in it.',
  query: VerifyAudit,
  response: single(AuditVerdictView),
  handle: async ({ actor, query }) => ({ body: { data: await verifyAudit(actor, query) } }),
})
