import { cn } from '@/components/ui/cn'
import { type MetricsRange, RANGES } from '@/lib/monitoring/ranges'

export const RANGE_WORDS: Record<MetricsRange, string> = {
  '24h': '24 hours',
  '7d': '7 days',
  '90d': '90 days',
  '1y': '1 year',
}

export function RangeSwitch({ value, onChange }: { value: MetricsRange; onChange: (range: MetricsRange) => void }) {
  return (
    <fieldset className="inline-flex rounded-md border border-line-strong bg-surface p-0.5">
      <legend className="sr-only">How far back</legend>
      {RANGES.map((range) => (
        <button
          key={range}
          type="button"
          aria-label={RANGE_WORDS[range]}
          aria-pressed={range === value}
          onClick={() => onChange(range)}
          className={cn(
            'inline-flex h-6.5 items-center rounded-sm px-2 font-medium text-12 text-muted hover:text-ink',
            range === value && 'bg-pressed text-ink',
          )}
        >
          {range}
        </button>
      ))}
    </fieldset>
  )
}
