'use client'

import { useRouter } from 'next/navigation'
import { useEffect, useRef } from 'react'
import { type Pressed, readKey } from '@/components/layout/shortcuts'

const TAKEN =
  'input, textarea, select, [contenteditable="true"], [role="menu"], [role="listbox"], [role="combobox"], [role="dialog"], [role="alertdialog"]'

/** The field that searches what the page shows. */
function searchField(): HTMLInputElement | null {
  return document.querySelector<HTMLInputElement>('main input[type="search"]')
}

function pressed(event: KeyboardEvent): Pressed {
  const target = event.target instanceof Element ? event.target : document.body
  return {
    key: event.key,
    at: event.timeStamp,
    isModified: event.ctrlKey || event.metaKey || event.altKey,
    isTaken: target.closest(TAKEN) !== null,
    isOff: document.documentElement.dataset.keys === 'off',
  }
}

/** Listens to the keys of the whole console. */
export function useKeyboard({ onPalette, onSheet }: { onPalette: (toggle: boolean) => void; onSheet: () => void }) {
  const router = useRouter()
  const since = useRef<number | null>(null)
  useEffect(() => {
    function search() {
      const field = searchField()
      if (field) field.focus()
      else onPalette(false)
    }
    function onKeyDown(event: KeyboardEvent) {
      if (event.defaultPrevented || event.isComposing) return
      const step = readKey(since.current, pressed(event))
      since.current = step.since
      const { command } = step
      if (command === null) return
      event.preventDefault()
      if (command.kind === 'go') router.push(command.href)
      if (command.kind === 'sheet') onSheet()
      if (command.kind === 'palette') onPalette(true)
      if (command.kind === 'search') search()
    }
    window.addEventListener('keydown', onKeyDown)
    return () => window.removeEventListener('keydown', onKeyDown)
  }, [router, onPalette, onSheet])
}
