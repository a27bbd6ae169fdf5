import { useEffect, useRef } from 'react'

/** Nobody has gone anywhere yet on a page where this has the focus. */
export function isFree(active: Element | null): boolean {
  return active === null || active.matches('body, h1')
}

/**
 * The ref of a form in whose first field the cursor stands when its page opens; `false` leaves it alone. Not on a phone, where a
 * keyboard would cover the page that somebody has just come to.
 */
export function useFirstField(isWanted = true) {
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => {
    if (!isWanted || !isFree(document.activeElement) || !window.matchMedia('(pointer: fine)').matches) return
    form.current?.querySelector<HTMLElement>('input:not([type=hidden]), textarea, [role=combobox]')?.focus()
  }, [isWanted])
  return form
}

interface Left {
  value: unknown
  onBlur: () => void
}

/** `onBlur` of a field that has the focus without anybody's doing: left empty as it was, it is not flagged. */
export function leaveFirst({ value, onBlur }: Left, { isDirty }: { isDirty: boolean }): () => void {
  return () => {
    if (value !== '' || isDirty) onBlur()
  }
}
