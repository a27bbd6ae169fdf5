import { cn } from '@/components/ui/cn'

/** A holdfast: the part of kelp that grips the rock. Three strands on one base. */
export function Logo({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 24 24" fill="none" aria-hidden className={cn('size-6', className)}>
      <rect width="24" height="24" rx="6" className="fill-accent-fill" />
      <path
        d="M12 5v8m0 0c0 3-2 3.5-4.5 5.5M12 13c0 3 2 3.5 4.5 5.5M12 13v5.5M8 6.5c0 3.5 4 3 4 6.5m4-6.5c0 3.5-4 3-4 6.5"
        stroke="#fff"
        strokeWidth="1.6"
        strokeLinecap="round"
      />
    </svg>
  )
}
