import Link from 'next/link'
import type { ReactNode } from 'react'
import { cn } from '@/components/ui/cn'

/** The link of a row or a card, all of which can be clicked. The row must be positioned, and what else it offers lie above. */
export function RowLink({
  href,
  title,
  className,
  children,
}: {
  href: string
  title?: string | undefined
  className?: string
  children: ReactNode
}) {
  return (
    <Link
      href={href}
      prefetch={false}
      title={title}
      className={cn("after:absolute after:inset-0 after:content-['']", className)}
    >
      {children}
    </Link>
  )
}
