import type { z } from 'zod'
import { Mono } from '@/components/ui/code-block'
import { Note } from '@/components/ui/feedback'
import type { AuditVerdictView } from '@/lib/audit/schema'

export type Verdict = z.infer<typeof AuditVerdictView>

/** Whether each entry still seals the one before. */
export function VerdictNote({ verdict }: { verdict: Verdict }) {
  const number = new Intl.NumberFormat('en-GB').format(verdict.checked)
  if (verdict.intact) {
    return (
      <Note className="mb-4" title={`The chain is intact: ${number} entries, none changed, none missing.`}>
        {verdict.head && (
          <p className="flex flex-wrap items-center gap-1">
            Note this down outside of Holdfast to prove later that nothing was cut off: entry {verdict.head.sequence},
            hash
            <Mono text={verdict.head.hash} copy />
          </p>
        )}
      </Note>
    )
  }
  return (
    <Note kind="critical" className="mb-4" title={`The chain is broken at entry ${verdict.broken_at}.`}>
      {verdict.reason} {number} entries before it are as they were written.
    </Note>
  )
}
