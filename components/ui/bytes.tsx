import { cn } from '@/components/ui/cn'
import { formatBytes } from '@/lib/units'

const EXACT = new Intl.NumberFormat('en-GB')

/** A size in IEC units with the exact bytes on hover; what is not known says so. */
export function Bytes({ value, className }: { value: number | null; className?: string }) {
  if (value === null) return <span className={cn('text-faint', className)}>unknown</span>
  return (
    <span className={cn('tabular whitespace-nowrap', className)} title={`${EXACT.format(value)} bytes`}>
      {formatBytes(value)}
    </span>
  )
}

/** From here on a bar turns amber, then red. */
const NEARLY_FULL = 0.85
const FULL = 0.95

function fillColour(share: number): string {
  if (share >= FULL) return 'bg-critical'
  return share >= NEARLY_FULL ? 'bg-warning' : 'bg-fill'
}

/** `72 %`; of what holds something never 0, of what has room never 100. */
export function percentOf(used: number, total: number): string {
  const share = Math.round((used / total) * 100)
  const [least, most] = [used > 0 ? 1 : 0, used < total ? 99 : 100]
  return `${Math.min(most, Math.max(least, share))} %`
}

/** Used of total as a bar and in words. Without a total there is no bar: a guess would mislead. */
export function Capacity({
  used,
  total,
  withPercent,
  className,
}: {
  used: number | null
  total: number | null
  withPercent?: boolean
  className?: string
}) {
  if (used === null && total === null) return <span className="text-faint">unknown</span>
  if (used === null || total === null || total <= 0) {
    return (
      <span className="whitespace-nowrap">
        <Bytes value={used} /> <span className="text-faint">used, total unknown</span>
      </span>
    )
  }
  const share = Math.min(1, Math.max(0, used / total))
  return (
    <span className={cn('flex items-center gap-2', className)}>
      <span aria-hidden className="relative h-1.5 min-w-12 flex-1 overflow-hidden rounded-full bg-fill-track">
        <span
          className={cn('absolute inset-y-0 left-0 rounded-full', fillColour(share))}
          style={{ width: `${Math.max(share * 100, used > 0 ? 1.5 : 0)}%` }}
        />
      </span>
      <span className="tabular whitespace-nowrap" title={`${EXACT.format(used)} of ${EXACT.format(total)} bytes`}>
        {withPercent && (
          <span className="mr-2 inline-block min-w-9 text-right font-medium">{percentOf(used, total)}</span>
        )}
        {formatBytes(used)} <span className="text-faint">of {formatBytes(total)}</span>
      </span>
    </span>
  )
}
