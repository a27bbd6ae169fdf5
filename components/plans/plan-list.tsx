'use client'

import { ChevronRight } from 'lucide-react'
import { problemOf } from '@/components/data/problem-note'
import { Differences, type Outdated } from '@/components/plans/outdated'
import { PlanDetails } from '@/components/plans/plan-details'
import type { OneChange, PlannedOne } from '@/components/plans/use-many-changes'
import { Note } from '@/components/ui/feedback'
import type { PlanView } from '@/lib/plans/schema'

/** So many plans stand open; of more only the sentence, until somebody opens them. */
const OPEN = 2

export function hostsOf(plans: readonly PlanView[], counts: (host: PlanView['hosts'][number]) => boolean): number {
  return new Set(plans.flatMap((plan) => plan.hosts.filter(counts).map((host) => host.host_id))).size
}

function hostWords(count: number): string {
  return count === 1 ? '1 host' : `${count} hosts`
}

/** How far all plans together reach. */
export function Total({ plans }: { plans: readonly PlanView[] }) {
  const all = hostsOf(plans, () => true)
  const interrupted = hostsOf(plans, (host) => host.interrupts)
  const away = hostsOf(plans, (host) => host.follows_later)
  return (
    <div className="space-y-3">
      <p className="text-14">
        {plans.length} mounts on {hostWords(all)}.
        {away > 0 && ` ${hostWords(away)} ${away === 1 ? 'is away and follows' : 'are away and follow'} later.`}
      </p>
      {interrupted > 0 && (
        <Note kind="warning">
          Programs that use them on {hostWords(interrupted)} are interrupted. While one has files open, the host refuses
          and keeps what it has.
        </Note>
      )}
    </div>
  )
}

/** Those that the API makes no plan of, and why. */
export function Refused({ changes }: { changes: readonly (OneChange & { refusal: unknown })[] }) {
  return (
    <Note kind="warning" title={changes.length === 1 ? '1 mount is left out' : `${changes.length} mounts are left out`}>
      <ul className="mt-1 space-y-0.5">
        {changes.map(({ id, name, refusal }) => (
          <li key={id} className="break-words">
            <span className="font-medium">{name}</span>: {problemOf(refusal).detail}
          </li>
        ))}
      </ul>
    </Note>
  )
}

/** The plans one below the other; at each, why it was not made when it was sent. */
export function PlanList({
  changes,
  outdated,
  failed,
}: {
  changes: readonly PlannedOne[]
  outdated: ReadonlyMap<string, Outdated>
  failed: ReadonlyMap<string, unknown>
}) {
  return (
    <ul className="divide-y divide-line rounded-md border border-line" aria-label="Plans">
      {changes.map(({ id, name, plan }) => {
        const news = outdated.get(id)
        const problem = failed.has(id) ? problemOf(failed.get(id)) : null
        return (
          <li key={id}>
            <details open={changes.length <= OPEN || news !== undefined} className="group/plan">
              <summary className="flex cursor-default items-start gap-2 px-3.5 py-2.5 text-13 hover:bg-hover">
                <ChevronRight
                  aria-hidden
                  className="mt-0.5 size-4 shrink-0 text-faint transition-transform group-open/plan:rotate-90"
                />
                <span className="min-w-0 flex-1 break-words">
                  <span className="font-medium">{name}</span>{' '}
                  <span className="text-muted group-open/plan:hidden">{plan.summary}</span>
                </span>
              </summary>
              <div className="space-y-4 px-3.5 pt-1 pb-4">
                {news && <Differences lines={news.differences} />}
                <PlanDetails plan={plan} isPart={changes.length > 1} />
              </div>
            </details>
            {problem && (
              <Note kind="critical" title={problem.detail} className="mx-3.5 mb-3">
                {problem.recovery}
              </Note>
            )}
          </li>
        )
      })}
    </ul>
  )
}
