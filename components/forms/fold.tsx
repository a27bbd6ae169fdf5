'use client'

import { ChevronRight } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'

/** Settings that most people leave as they are. Opens by itself when something in it is wrong. */
export function Fold({
  title,
  count,
  forced,
  children,
}: {
  title: string
  count: number
  forced: boolean
  children: ReactNode
}) {
  const [open, setOpen] = useState(false)
  useEffect(() => {
    if (forced) setOpen(true)
  }, [forced])
  return (
    <section className="panel">
      <h2>
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="flex h-11 w-full items-center gap-2 rounded-lg px-4 text-left text-13 font-semibold hover:bg-hover"
        >
          <ChevronRight
            aria-hidden
            className={`size-4 text-faint transition-transform duration-100 ${open ? 'rotate-90' : ''}`}
          />
          {title}
          <span className="font-normal text-muted">
            {count === 1 ? '1 setting with a default' : `${count} settings, all with defaults`}
          </span>
        </button>
      </h2>
      <div hidden={!open} className="space-y-5 border-t border-line p-4">
        {children}
      </div>
    </section>
  )
}
