'use client'

import { cn } from '@/components/ui/cn'

/** The browser's own checkbox, drawn like the other controls, with a target of at least 24 px. */
export function Checkbox({
  label,
  checked,
  indeterminate = false,
  onChange,
  className,
}: {
  label: string
  checked: boolean
  indeterminate?: boolean
  onChange: (checked: boolean) => void
  className?: string
}) {
  return (
    <span className={cn('relative inline-flex size-4 shrink-0 text-white', className)}>
      <input
        type="checkbox"
        aria-label={label}
        checked={checked}
        ref={(element) => {
          if (element) element.indeterminate = indeterminate
        }}
        onChange={(event) => onChange(event.target.checked)}
        className="peer size-4 cursor-pointer appearance-none rounded-sm border border-control bg-surface after:absolute after:-inset-1 after:content-[''] checked:border-accent-fill checked:bg-accent-fill indeterminate:border-accent-fill indeterminate:bg-accent-fill"
      />
      <svg
        viewBox="0 0 16 16"
        fill="none"
        stroke="currentColor"
        strokeWidth="2"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden
        className={cn('pointer-events-none absolute inset-0 size-4', !checked && !indeterminate && 'opacity-0')}
      >
        <path d={indeterminate ? 'M4.5 8h7' : 'm4 8.5 2.75 2.75L12 5.5'} />
      </svg>
    </span>
  )
}
