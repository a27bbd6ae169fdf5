import { type KeyboardEvent, type RefObject, useRef } from 'react'

/** Alt is Meta where Shift was down before. */
const isModifier = ({ key }: KeyboardEvent) => ['Control', 'Alt', 'Shift', 'Meta'].includes(key)

/**
 * For an element in which all keys are taken: Ctrl, Alt and Shift, held together and let go without another key, move the focus to
 * `target`. Only when the last of them is up, so that the machine has heard of that as well.
 */
export function useWayOut(target: RefObject<HTMLElement | null>) {
  const isAsked = useRef(false)
  return {
    onKeyDownCapture(event: KeyboardEvent) {
      isAsked.current = isModifier(event) && (isAsked.current || (event.ctrlKey && event.altKey && event.shiftKey))
    },
    onKeyUpCapture(event: KeyboardEvent) {
      if (!isAsked.current || event.ctrlKey || event.altKey || event.shiftKey) return
      isAsked.current = false
      target.current?.focus()
    },
  }
}
