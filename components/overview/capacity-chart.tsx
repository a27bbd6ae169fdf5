import Link from 'next/link'
import { fillColour } from '@/components/ui/bytes'
import { cn } from '@/components/ui/cn'
import type { BackendView } from '@/lib/backends/schema'
import { compareFullness, NEARLY_FULL_PERCENT, spaceOf, usedPercent, usedShare } from '@/lib/fullness'
import { formatBytes } from '@/lib/units'

const SHOWN = 8

/**
 * Used of total per backend, fullest first, with a mark where a backend counts as nearly full. All bars have the same length,
 * since a backend of 100 TiB would leave the others no room; sizes stand beside them.
 */
export function CapacityChart({ backends }: { backends: BackendView[] }) {
  const measured = backends
    .flatMap(({ id, name, stats }) => {
      const space = spaceOf(stats)
      const [share, percent] = [usedShare(space), usedPercent(space)]
      return share === null || percent === null ? [] : [{ id, name, space, share, percent }]
    })
    .toSorted((a, b) => compareFullness(a.space, b.space) || a.name.localeCompare(b.name, 'en'))
  const unknown = backends.length - measured.length
  if (measured.length === 0) {
    return (
      <p className="text-13 text-muted">No backend has told its size yet. Sizes are read while something is mounted.</p>
    )
  }
  return (
    <>
      <ul className="space-y-3">
        {measured.slice(0, SHOWN).map(({ id, name, space, share, percent }) => (
          <li key={id} className="text-13">
            <div className="mb-1 flex items-baseline justify-between gap-4">
              <Link href={`/backends/${id}`} prefetch={false} className="min-w-0 truncate hover:underline">
                {name}
              </Link>
              <span className="tabular shrink-0 text-12 text-muted">
                {formatBytes(space.used ?? 0)} of {formatBytes(space.total ?? 0)}
                <span className="ml-2 inline-block w-9 text-right text-ink">{percent} %</span>
              </span>
            </div>
            <div aria-hidden className="relative h-2 rounded-full bg-fill-track">
              <div
                className={cn('absolute inset-y-0 left-0 rounded-full', fillColour(percent))}
                style={{ width: `${Math.max(share * 100, 0.5)}%` }}
              />
              <div className="absolute -inset-y-0.5 w-px bg-faint" style={{ left: `${NEARLY_FULL_PERCENT}%` }} />
            </div>
          </li>
        ))}
      </ul>
      <p className="mt-3 text-12 text-muted">
        The line marks {NEARLY_FULL_PERCENT} %.
        {measured.length > SHOWN && ` The ${SHOWN} fullest of ${measured.length} are shown.`}
        {unknown > 0 && ` The size of ${unknown} more is unknown.`}
      </p>
    </>
  )
}
