import type { ScreenLink } from '@/components/consoles/screen-link'

/** Not in the types of TypeScript: Chromium alone has it (https://wicg.github.io/keyboard-lock/). */
interface LockableKeyboard {
  lock?: () => Promise<void>
}

/**
 * The picture over the whole screen, where keys of the own system (Alt-Tab, Escape, the Windows key) go to the machine as well if the
 * browser lets them; Escape held down leaves it. A browser that does not allow it leaves the page as it is.
 */
export async function showWhole(frame: HTMLElement | null, link: ScreenLink | null): Promise<void> {
  const { keyboard } = navigator as Navigator & { keyboard?: LockableKeyboard }
  try {
    await frame?.requestFullscreen()
    await keyboard?.lock?.()
  } catch {
    // It is the person's own browser that says so.
  }
  link?.focus()
}
