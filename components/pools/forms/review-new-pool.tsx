'use client'

import { useRouter } from 'next/navigation'
import { Suspense } from 'react'
import { ProblemNote } from '@/components/data/problem-note'
import { request, WATCHED } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { ReviewFrame } from '@/components/plans/review-frame'
import { hostsInWords, PoolCommands } from '@/components/pools/forms/pool-commands'
import type { NewPoolState } from '@/components/pools/forms/use-new-pool'
import { sharingWords } from '@/components/pools/pool-words'
import { Facts, Skeleton } from '@/components/ui/feedback'
import { Status } from '@/components/ui/status'
import type { PoolView } from '@/lib/pools/schema'
import { namesInShort } from '@/lib/sentences'
import { formatBytes } from '@/lib/units'

interface Made {
  data: PoolView
  operation: { id: string } | null
}

function limitWords({ overcommit, largest, trashDays }: NewPoolState['values']['limits']): string {
  const size = Number(largest)
  return [
    overcommit.trim() === '' ? 'No overcommit limit' : `Promises up to ${overcommit}× of what is there`,
    ...(largest.trim() === '' || !Number.isFinite(size) ? [] : [`volumes up to ${formatBytes(size)}`]),
    `${trashDays.trim() || '7'} days in the trash`,
  ].join(', ')
}

/** The last step before a pool is made: what, where, and what will run; then its page shows how it goes on each host. */
export function ReviewNewPool({ state }: { state: NewPoolState }) {
  const router = useRouter()
  const { values, backend, kind, targeting, body } = state
  const names = targeting.targeted.map(({ name }) => name)
  const create = useAction<void, Made>({
    run: () => request<Made>('/api/v1/storage/pools', { method: 'POST', headers: WATCHED, body }),
    topics: ['pool', 'mount', 'operation'],
    quiet: true,
    onSuccess: ({ data }) => router.push(`/pools/${data.id}`),
  })
  const back = () => {
    if (create.isError) state.refuse(create.error)
    state.backToForm()
  }
  return (
    <ReviewFrame
      title={`Create pool ${values.name}`}
      note={undefined}
      cancel={{ label: 'Back', onClick: back }}
      apply={{
        label: names.length === 0 ? 'Create pool' : `Create on ${hostsInWords(state)}`,
        danger: false,
        pending: create.isPending,
        disabled: false,
        onClick: () => create.mutate(),
      }}
      onClose={back}
    >
      {create.isError && <ProblemNote error={create.error} />}
      <Facts
        items={[
          ['Backend', backend ? `${backend.name}, ${backend.source}` : ''],
          ['Volumes', kind ? `${kind.title}. ${sharingWords(kind.sharing)}.` : ''],
          ['Limits', limitWords(values.limits)],
        ]}
      />
      <section className="rounded-md border border-line" aria-label="What runs on the hosts">
        <div className="space-y-2 px-3.5 py-3">
          <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-13">
            <Status tone="working" word="Open" className="font-medium" />
            <span className="text-muted">
              {names.length === 0 ? 'no host yet: hosts get it as soon as they carry its labels' : namesInShort(names)}
            </span>
          </p>
          <Suspense fallback={<Skeleton className="h-16 w-full" />}>
            <PoolCommands state={state} />
          </Suspense>
        </div>
      </section>
    </ReviewFrame>
  )
}
