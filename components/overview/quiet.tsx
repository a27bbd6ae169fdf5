'use client'

import { ChevronRight } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { request } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { useMay } from '@/components/layout/person'
import { CauseSentence } from '@/components/overview/attention-line'
import { Button } from '@/components/ui/button'
import { cn } from '@/components/ui/cn'
import { RelativeTime } from '@/components/ui/relative-time'
import { StatusShape } from '@/components/ui/status'
import type { AttentionView, CauseView } from '@/lib/attention/schema'

/** Does it need nobody now, as people have said? */
export function isQuiet({ acknowledged, maintenance }: Pick<CauseView, 'acknowledged' | 'maintenance'>): boolean {
  return acknowledged !== null || maintenance !== null
}

function MaintenanceLine({ cause }: { cause: CauseView }) {
  const { maintenance } = cause
  return (
    <li className="flex items-start gap-2.5 px-4 py-2 text-13">
      <StatusShape tone={cause.severity} title={cause.severity} className="mt-1 opacity-60" />
      <div className="min-w-0 flex-1">
        <CauseSentence cause={cause} className="break-words" />
        {maintenance && (
          <p className="break-words text-12 text-muted">
            {maintenance.reason} · {maintenance.by}, ends <RelativeTime at={maintenance.until} />
          </p>
        )}
      </div>
    </li>
  )
}

function AcknowledgedLine({ cause }: { cause: CauseView }) {
  const canTakeBack = useMay('attention.write')
  const takeBack = useAction<string, void>({
    run: (id) => request(`/api/v1/attention/${encodeURIComponent(id)}/acknowledgement`, { method: 'DELETE' }),
    topics: ['attention'],
  })
  const { acknowledged } = cause
  return (
    <li className="flex flex-wrap items-center gap-2.5 px-4 py-2 text-13 max-sm:items-start">
      <StatusShape tone={cause.severity} title={cause.severity} className="opacity-60 max-sm:mt-1" />
      <div className="min-w-0 flex-1">
        <CauseSentence cause={cause} className="break-words" />
        {acknowledged && (
          <p className="break-words text-12 text-muted">
            {acknowledged.by}, <RelativeTime at={acknowledged.at} />
            {acknowledged.note && `: ${acknowledged.note}`}
            {acknowledged.until && (
              <>
                {' · silent until '}
                <RelativeTime at={acknowledged.until} />
              </>
            )}
          </p>
        )}
      </div>
      {canTakeBack && (
        <Button size="sm" variant="ghost" pending={takeBack.isPending} onClick={() => takeBack.mutate(cause.id)}>
          Take back
        </Button>
      )}
    </li>
  )
}

/** One quiet line, until somebody wants to see what it counts. `total` may be more than there are here. */
function Folded({ label, total, children }: { label: string; total: number; children: ReactNode }) {
  const [isOpen, setOpen] = useState(false)
  if (total === 0) return null
  return (
    <div className="border-t border-line">
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
        className="flex h-9 w-full items-center gap-2 px-4 text-12 text-muted hover:text-ink"
      >
        <ChevronRight aria-hidden className={cn('size-3.5 transition-transform duration-100', isOpen && 'rotate-90')} />
        {total} {label.toLowerCase()}
      </button>
      {isOpen && (
        <ul aria-label={label} className="divide-y divide-line border-t border-line">
          {children}
        </ul>
      )}
    </div>
  )
}

/** What people have said they know of, and what they are working on. */
export function Quiet({ attention }: { attention: AttentionView }) {
  const known = attention.data.filter(({ acknowledged }) => acknowledged !== null)
  const muted = attention.data.filter(({ acknowledged, maintenance }) => acknowledged === null && maintenance !== null)
  return (
    <>
      <Folded label="Acknowledged" total={attention.acknowledged}>
        {known.map((cause) => (
          <AcknowledgedLine key={cause.id} cause={cause} />
        ))}
      </Folded>
      <Folded label="In maintenance" total={attention.in_maintenance}>
        {muted.map((cause) => (
          <MaintenanceLine key={cause.id} cause={cause} />
        ))}
      </Folded>
    </>
  )
}
