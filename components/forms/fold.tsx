'use client'

import { ChevronRight } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'

/**
 * Settings that most people leave as they are. Opens by itself when something in it is wrong. What is in it is drawn when it is opened
 * for the first time: that would be most of the work of showing the form.
 */
export function Fold({
  title,
  count,
  forced,
  attempts,
  children,
}: {
  title: string
  count: number
  forced: boolean
  /** How often it was tried to save. */
  attempts: number
  children: ReactNode
}) {
  const [state, setState] = useState<'never' | 'open' | 'closed'>('never')
  const open = state === 'open'
  useEffect(() => {
    // Also for who closed it and then tries to save.
    if (forced && attempts >= 0) setState('open')
  }, [forced, attempts])
  return (
    <section className="panel">
      <h2>
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setState(open ? 'closed' : 'open')}
          className="flex h-11 w-full items-center gap-2 rounded-lg px-4 text-left text-13 font-semibold hover:bg-hover"
        >
          <ChevronRight
            aria-hidden
            className={`size-4 text-faint transition-transform duration-100 ${open ? 'rotate-90' : ''}`}
          />
          {title}
          <span className="font-normal text-muted max-sm:hidden">
            {count === 1 ? '1 setting with a default' : `${count} settings, all with defaults`}
          </span>
        </button>
      </h2>
      <div hidden={!open} className="space-y-5 border-t border-line p-4">
        {state !== 'never' && children}
      </div>
    </section>
  )
}
