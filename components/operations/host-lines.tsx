'use client'

import Link from 'next/link'
import { Evidence } from '@/components/data/evidence'
import { isRunning } from '@/components/data/queries'
import { JobProgress } from '@/components/operations/job-progress'
import { durationOf } from '@/components/operations/operation-list'
import { operationStatus } from '@/components/operations/status'
import { Status } from '@/components/ui/status'
import type { OperationHostView, OperationLine } from '@/lib/operations/schema'
import { TONE_ORDER } from '@/lib/tones'

function rankOf({ status }: OperationHostView): number {
  return TONE_ORDER.indexOf(operationStatus(status).tone)
}

/** How an operation went on each host, while it runs with the last that was heard from it; those that failed first. */
export function HostLines({ hosts, lines }: { hosts: readonly OperationHostView[]; lines: readonly OperationLine[] }) {
  return (
    <ul className="divide-y divide-line">
      {hosts
        .toSorted((a, b) => rankOf(a) - rankOf(b))
        .map((host) => {
          // Of one that has ended the state says more, and the log says all.
          const last = isRunning(host) ? lines.findLast((line) => line.host_id === host.host_id) : undefined
          return (
            <li key={host.host_id} className="px-4 py-2.5 text-13">
              <div className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-0.5 md:grid-cols-[minmax(0,200px)_minmax(0,1fr)_auto_72px]">
                <Link href={`/hosts/${host.host_id}`} prefetch={false} className="truncate font-medium hover:underline">
                  {host.host_name}
                </Link>
                <span className="truncate text-12 text-muted max-md:order-3 max-md:col-span-2">{last?.message}</span>
                <Status {...operationStatus(host.status)} />
                <span className="tabular text-right text-12 text-muted max-md:hidden">{durationOf(host)}</span>
              </div>
              {host.job && host.status === 'running' && <JobProgress job={host.job} hostName={host.host_name} />}
              {host.error && (
                <div className="mt-1 break-words text-13">
                  {host.error.message} <span className="text-muted">{host.error.recovery}</span>
                  <Evidence explanation={host.error.explanation} className="mt-1" />
                </div>
              )}
            </li>
          )
        })}
    </ul>
  )
}
