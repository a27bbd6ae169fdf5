'use client'

import { ProblemNote } from '@/components/data/problem-note'
import { ReviewFrame } from '@/components/plans/review-frame'
import type { EditLine } from '@/components/pools/forms/edit-body'
import type { EditEffect } from '@/components/pools/forms/edit-effect'
import { Note } from '@/components/ui/feedback'
import { Status } from '@/components/ui/status'
import { namesInShort } from '@/lib/sentences'

const LINES = [
  { key: 'opens', tone: 'working', word: 'Open' },
  { key: 'reopens', tone: 'working', word: 'Open anew, with what was changed' },
  { key: 'closes', tone: 'off', word: 'Close' },
] as const

/** The last step before a pool is changed: what its hosts will do. */
export function ReviewEdit({
  name,
  lines,
  effect,
  pending,
  error,
  onApply,
  onBack,
}: {
  name: string
  lines: readonly EditLine[]
  effect: EditEffect
  pending: boolean
  /** What the API refused. */
  error: unknown
  onApply: () => void
  onBack: () => void
}) {
  return (
    <ReviewFrame
      title={`Edit ${name}`}
      note={undefined}
      cancel={{ label: 'Back', onClick: onBack }}
      apply={{ label: 'Apply', danger: effect.closes.length > 0, pending, disabled: false, onClick: onApply }}
      onClose={onBack}
    >
      {error !== null && <ProblemNote error={error} />}
      {lines.length > 0 && (
        <ul className="space-y-1 text-13" aria-label="What was changed">
          {lines.map(([label, before, after]) => (
            <li key={label} className="flex flex-wrap gap-x-2">
              <span className="text-muted">{label}</span>
              <span className="break-all">
                {before || 'none'} <span aria-hidden>→</span>
                <span className="sr-only">becomes</span> {after || 'none'}
              </span>
            </li>
          ))}
        </ul>
      )}
      <ul className="divide-y divide-line rounded-md border border-line" aria-label="What runs on the hosts">
        {LINES.filter(({ key }) => effect[key].length > 0).map(({ key, tone, word }) => (
          <li key={key} className="flex flex-wrap items-center gap-x-2 gap-y-1 px-3.5 py-3 text-13">
            <Status tone={tone} word={word} className="font-medium" />
            <span className="text-muted">{namesInShort(effect[key])}</span>
          </li>
        ))}
      </ul>
      {effect.closes.length > 0 && (
        <Note kind="warning">
          {namesInShort(effect.closes)} {effect.closes.length === 1 ? 'lets' : 'let'} go of the pool. While a volume is
          in use there, the host refuses.
        </Note>
      )}
    </ReviewFrame>
  )
}
