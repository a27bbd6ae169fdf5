/** What a pointer can do something with by itself. */
const OWN = 'a, button, input, label, select, textarea, summary, [role="button"], [role="checkbox"], [role="menuitem"]'

/**
 * Follows a row's link from what lies above it in the row to tell more on hover, so that a click anywhere still leads to the page.
 * Keys that open a tab or a window keep doing so. Returns how to stop.
 */
export function followRow(link: HTMLAnchorElement): (() => void) | undefined {
  const row = link.closest<HTMLElement>('tr, li')
  if (!row) return undefined
  function onClick(event: MouseEvent) {
    if (event.defaultPrevented || !(event.target instanceof Element) || event.target.closest(OWN)) return
    // Somebody marks text to copy it.
    if (window.getSelection()?.isCollapsed === false) return
    const { ctrlKey, metaKey, shiftKey } = event
    link.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, ctrlKey, metaKey, shiftKey }))
  }
  row.addEventListener('click', onClick)
  return () => row.removeEventListener('click', onClick)
}
