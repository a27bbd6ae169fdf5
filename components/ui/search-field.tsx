import { Search, X } from 'lucide-react'
import { cn } from '@/components/ui/cn'

/** A field that finds in what the page shows, with a sign before it; `label` is its word too. */
export function SearchField({
  label,
  query,
  onChange,
  hasClear = false,
  className = 'md:w-64',
}: {
  label: string
  query: string
  onChange: (query: string) => void
  /** A button of ours takes the text away, instead of the browser's. */
  hasClear?: boolean
  className?: string
}) {
  return (
    <label className={cn('relative block w-full min-w-0', className)}>
      <span className="sr-only">{label}</span>
      <Search aria-hidden className="pointer-events-none absolute top-2 left-2.5 size-4 text-faint" />
      <input
        type="search"
        value={query}
        onChange={(event) => onChange(event.target.value)}
        placeholder={label}
        className={cn(
          'h-8 w-full rounded-md border border-line-strong bg-surface pl-8 text-13 hover:border-control',
          hasClear ? 'pr-8 [&::-webkit-search-cancel-button]:hidden' : 'pr-2',
        )}
      />
      {hasClear && query && (
        <button
          type="button"
          aria-label="Clear search"
          onClick={() => onChange('')}
          className="absolute top-1 right-1 inline-flex size-6 items-center justify-center rounded-sm text-faint hover:text-ink"
        >
          <X aria-hidden className="size-3.5" />
        </button>
      )}
    </label>
  )
}
