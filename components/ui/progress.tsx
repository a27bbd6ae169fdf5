'use client'

import { Progress as BaseProgress } from '@base-ui/react/progress'
import { cn } from '@/components/ui/cn'

/** How far something is, between 0 and 1; null while nobody can say. The words beside it say the same. */
export function ProgressBar({ label, share, className }: { label: string; share: number | null; className?: string }) {
  return (
    <BaseProgress.Root aria-label={label} value={share === null ? null : Math.round(share * 100)} className={className}>
      <BaseProgress.Track className="h-1.5 overflow-hidden rounded-full bg-fill-track">
        <BaseProgress.Indicator
          className={cn('h-full rounded-full bg-fill', share === null && 'w-full animate-pulse opacity-50')}
        />
      </BaseProgress.Track>
    </BaseProgress.Root>
  )
}
