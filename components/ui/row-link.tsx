'use client'

import Link from 'next/link'
import type { ReactNode } from 'react'
import { cn } from '@/components/ui/cn'
import { followRow } from '@/components/ui/row-click'

const follow = (link: HTMLAnchorElement | null) => (link ? followRow(link) : undefined)

/**
 * The link of a row (`tr`) or a card (`li`), all of which can be clicked. The row must be positioned. What has a title there lies
 * above the link (see `row-link` in globals.css), and so must what else the row offers.
 */
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
      ref={follow}
      href={href}
      prefetch={false}
      title={title}
      className={cn("row-link after:absolute after:inset-0 after:content-['']", className)}
    >
      {children}
    </Link>
  )
}
