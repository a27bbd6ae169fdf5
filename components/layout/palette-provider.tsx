'use client'

import dynamic from 'next/dynamic'
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react'

const CommandPalette = dynamic(
  () => import('@/components/layout/command-palette').then((module) => module.CommandPalette),
  {
    ssr: false,
  },
)

const Context = createContext<{ openPalette: () => void }>({ openPalette: () => {} })

export function usePalette() {
  return useContext(Context)
}

/** Ctrl-K or Cmd-K anywhere. The palette itself is fetched the first time it opens. */
export function PaletteProvider({ children }: { children: ReactNode }) {
  const [state, setState] = useState<'never' | 'open' | 'closed'>('never')
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      if (event.key.toLowerCase() !== 'k' || !(event.metaKey || event.ctrlKey)) return
      event.preventDefault()
      setState((now) => (now === 'open' ? 'closed' : 'open'))
    }
    window.addEventListener('keydown', onKeyDown)
    return () => window.removeEventListener('keydown', onKeyDown)
  }, [])
  const value = useMemo(() => ({ openPalette: () => setState('open') }), [])
  return (
    <Context value={value}>
      {children}
      {state !== 'never' && (
        <CommandPalette open={state === 'open'} onOpenChange={(open) => setState(open ? 'open' : 'closed')} />
      )}
    </Context>
  )
}
