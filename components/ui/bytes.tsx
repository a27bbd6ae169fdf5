import { cn } from '@/components/ui/cn'
import { FULL_PERCENT, NEARLY_FULL_PERCENT, type Space, usedPercent, usedShare } from '@/lib/fullness'
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

/** The colour of a bar: amber when the storage is nearly full, red when it is full. */
export function fillColour(percent: number): string {
  if (percent >= FULL_PERCENT) return 'bg-critical'
  return percent >= NEARLY_FULL_PERCENT ? 'bg-warning' : 'bg-fill'
}

/** Used of total as a bar and in words. Without a total there is no bar: a guess would mislead. */
export function Capacity({
  space,
  withPercent,
  isNeutral = false,
  className,
}: {
  space: Space
  withPercent?: boolean
  /** Full is as good as empty: what a disk has written of what it may. */
  isNeutral?: boolean
  className?: string
}) {
  const { used, total } = space
  const [share, percent] = [usedShare(space), usedPercent(space)]
  if (used === null && total === null) return <span className="text-faint">unknown</span>
  if (used === null || total === null || share === null || percent === null) {
    return (
      <span className="whitespace-nowrap">
        <Bytes value={used} /> <span className="text-faint">used, total unknown</span>
      </span>
    )
  }
  return (
    <span className={cn('flex items-center gap-2', className)}>
      <span aria-hidden className="relative h-1.5 min-w-12 flex-1 overflow-hidden rounded-full bg-fill-track">
        <span
          className={cn('absolute inset-y-0 left-0 rounded-full', isNeutral ? 'bg-fill' : fillColour(percent))}
          style={{ width: `${Math.max(share * 100, used > 0 ? 1.5 : 0)}%` }}
        />
      </span>
      <span className="tabular whitespace-nowrap" title={`${EXACT.format(used)} of ${EXACT.format(total)} bytes`}>
        {withPercent && <span className="mr-2 inline-block min-w-9 text-right font-medium">{percent} %</span>}
        {formatBytes(used)} <span className="text-faint">of {formatBytes(total)}</span>
      </span>
    </span>
  )
}
