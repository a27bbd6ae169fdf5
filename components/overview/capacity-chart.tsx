import Link from 'next/link'
import { cn } from '@/components/ui/cn'
import type { BackendView } from '@/lib/backends/schema'
import { formatBytes } from '@/lib/units'

const SHOWN = 8
const NEARLY_FULL = 0.85
const FULL = 0.95

function colour(share: number): string {
  if (share >= FULL) return 'bg-critical'
  return share >= NEARLY_FULL ? 'bg-warning' : 'bg-fill'
}

/**
 * Used of total per backend, largest first, with a mark where a backend counts as nearly full. All bars have the same length,
 * since a backend of 100 TiB would leave the others no room; sizes stand beside them.
 */
export function CapacityChart({ backends }: { backends: BackendView[] }) {
  const measured = backends
    .flatMap(({ id, name, stats }) =>
      stats.used_bytes !== null && stats.total_bytes !== null && stats.total_bytes > 0
        ? [{ id, name, used: stats.used_bytes, total: stats.total_bytes }]
        : [],
    )
    .toSorted((a, b) => b.total - a.total)
  const unknown = backends.length - measured.length
  if (measured.length === 0) {
    return (
      <p className="text-13 text-muted">No backend has told its size yet. Sizes are read while something is mounted.</p>
    )
  }
  return (
    <>
      <ul className="space-y-3">
        {measured.slice(0, SHOWN).map(({ id, name, used, total }) => {
          const share = Math.min(1, used / total)
          return (
            <li key={id} className="text-13">
              <div className="mb-1 flex items-baseline justify-between gap-4">
                <Link href={`/backends/${id}`} prefetch={false} className="min-w-0 truncate hover:underline">
                  {name}
                </Link>
                <span className="tabular shrink-0 text-12 text-muted">
                  {formatBytes(used)} of {formatBytes(total)}
                  <span className="ml-2 inline-block w-9 text-right text-ink">{Math.floor(share * 100)} %</span>
                </span>
              </div>
              <div aria-hidden className="relative h-2 rounded-full bg-fill-track">
                <div
                  className={cn('absolute inset-y-0 left-0 rounded-full', colour(share))}
                  style={{ width: `${Math.max(share * 100, 0.5)}%` }}
                />
                <div className="absolute -inset-y-0.5 w-px bg-faint" style={{ left: `${NEARLY_FULL * 100}%` }} />
              </div>
            </li>
          )
        })}
      </ul>
      <p className="mt-3 text-12 text-muted">
        The line marks {NEARLY_FULL * 100} %.
        {measured.length > SHOWN && ` The ${SHOWN} largest of ${measured.length} are shown.`}
        {unknown > 0 && ` The size of ${unknown} more is unknown.`}
      </p>
    </>
  )
}
