'use client'

import { actionInWords, actorInWords, kindInWords, resultStatus } from '@/components/audit/audit-words'
import { CodeBlock, Mono } from '@/components/ui/code-block'
import { Dialog } from '@/components/ui/dialog'
import { Facts } from '@/components/ui/feedback'
import { Status } from '@/components/ui/status'
import { useTimes } from '@/components/ui/times'
import type { AuditView } from '@/lib/audit/schema'

/** All that is known of one change. */
export function AuditEntry({ entry, onClose }: { entry: AuditView; onClose: () => void }) {
  const { exact } = useTimes()
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      size="lg"
      title={entry.summary ?? actionInWords(entry.action)}
      description={`${actorInWords(entry)}, ${exact(entry.at)}`}
    >
      <Facts
        items={[
          [
            'Target',
            entry.target ? `${kindInWords(entry.target.kind)} ${entry.target.name ?? entry.target.id ?? ''}` : '–',
          ],
          ['Result', <Status key="result" {...resultStatus(entry)} />],
          ['Entry', `number ${entry.sequence}`],
          ['Hash', <Mono key="hash" text={entry.hash} copy />],
          ['Request', entry.request_id ? <Mono key="request" text={entry.request_id} copy /> : 'none'],
        ]}
      />
      {entry.change !== null && entry.change !== undefined && (
        <CodeBlock text={JSON.stringify(entry.change, null, 2)} label="Change" className="mt-4" />
      )}
    </Dialog>
  )
}
