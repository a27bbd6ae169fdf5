import Link from 'next/link'
import type { ReactNode } from 'react'

/** One figure of the overview, which leads to what it counts. */
export function Figure({
  label,
  value,
  of,
  note,
  href,
}: {
  label: string
  value: ReactNode
  of?: string
  note: ReactNode
  href: string
}) {
  return (
    <Link
      href={href}
      prefetch={false}
      className="panel min-w-0 px-4 py-3 transition-colors duration-100 hover:border-line-strong hover:bg-hover"
    >
      <span className="block text-12 text-muted">{label}</span>
      <span className="tabular mt-1 flex flex-wrap items-baseline gap-x-1.5">
        <span className="whitespace-nowrap text-28 font-medium max-sm:text-20">{value}</span>
        {of && <span className="text-13 text-muted">{of}</span>}
      </span>
      <span className="block text-12 text-muted sm:truncate">{note}</span>
    </Link>
  )
}
