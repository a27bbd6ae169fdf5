'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { Evidence } from '@/components/data/evidence'
import { operationOne } from '@/components/data/queries'
import { OperationLog } from '@/components/operations/operation-log'
import { operationStatus } from '@/components/operations/status'
import { Note } from '@/components/ui/feedback'
import { RelativeTime } from '@/components/ui/relative-time'
import { Status } from '@/components/ui/status'
import type { OperationRow } from '@/lib/operations/schema'

/** What was done with a thing last, and how it went. */
export function LatestOperation({ row }: { row: OperationRow }) {
  const { data } = useQuery(operationOne(row.id))
  if (!data) return null
  return (
    <div className="space-y-3">
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-13">
        <Link href={`/operations/${row.id}`} prefetch={false} className="font-medium hover:underline">
          {row.summary}
        </Link>
        <Status {...operationStatus(data.status)} />
        <span className="text-muted">
          by {row.requested_by}, <RelativeTime at={row.created_at} />
        </span>
      </p>
      {data.error && (
        <Note kind="critical" title={data.error.message}>
          {data.error.recovery}
          <Evidence explanation={data.error.explanation} className="mt-1" />
        </Note>
      )}
      <OperationLog operation={data} />
    </div>
  )
}
