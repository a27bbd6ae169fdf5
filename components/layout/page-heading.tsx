'use client'

import { usePathname } from 'next/navigation'
import { type ReactNode, useEffect, useRef } from 'react'

/** The page that was shown before; null right after the browser has loaded one, when it puts the focus where it belongs. */
let before: string | null = null

/** Is somebody in a dialog, or in a field already? */
function isTaken(): boolean {
  const active = document.activeElement
  return (
    document.querySelector('[role="dialog"], [role="alertdialog"]') !== null ||
    active?.matches('input, textarea') === true
  )
}

/** The heading of a page. After the way there it has the focus: a screen reader reads it, and Tab goes on from it. */
export function PageHeading({ children }: { children: ReactNode }) {
  const path = usePathname()
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    if (before !== null && before !== path && !isTaken()) heading.current?.focus({ preventScroll: true })
    before = path
  }, [path])
  return (
    <h1 ref={heading} tabIndex={-1} className="min-w-0 break-words text-20 font-semibold outline-none">
      {children}
    </h1>
  )
}
