'use client'

import { Toaster } from 'sonner'

/** Short news about what was just done. Errors that need reading are shown in the page instead. */
export function Toasts() {
  return (
    <Toaster
      position="bottom-right"
      gap={8}
      // Its own style sheet names other fonts.
      style={{ fontFamily: 'inherit' }}
      toastOptions={{
        unstyled: true,
        classNames: {
          toast: 'popup flex w-[min(356px,calc(100vw-32px))] items-start gap-2.5 px-3.5 py-3 text-13 text-ink',
          title: 'font-medium',
          description: 'text-muted',
          actionButton: 'ml-auto shrink-0 rounded-sm px-1 text-accent font-medium hover:underline',
          error: 'text-critical',
        },
      }}
    />
  )
}
