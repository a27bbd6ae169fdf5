'use client'

import dynamic from 'next/dynamic'
import { type ReactNode, useCallback, useMemo, useState } from 'react'
import { PaletteContext, type PaletteOrder } from '@/components/layout/palette-context'
import { useKeyboard } from '@/components/layout/use-keyboard'

const CommandPalette = dynamic(
  () => import('@/components/layout/command-palette').then((module) => module.CommandPalette),
  { ssr: false },
)
const ShortcutSheet = dynamic(
  () => import('@/components/layout/shortcut-sheet').then((module) => module.ShortcutSheet),
  { ssr: false },
)
const PaletteOrders = dynamic(
  () => import('@/components/layout/palette-orders').then((module) => module.PaletteOrders),
  { ssr: false },
)

/** Ctrl-K or Cmd-K anywhere, and the other keys. What they open is fetched the first time. */
export function PaletteProvider({ children }: { children: ReactNode }) {
  const [state, setState] = useState<'never' | 'open' | 'closed'>('never')
  const [hasSheet, setSheet] = useState(false)
  const [order, setOrder] = useState<PaletteOrder | null>(null)
  const onPalette = useCallback(
    (toggle: boolean) => setState((now) => (toggle && now === 'open' ? 'closed' : 'open')),
    [],
  )
  const onSheet = useCallback(() => setSheet(true), [])
  useKeyboard({ onPalette, onSheet })
  const value = useMemo(
    () => ({ openPalette: () => onPalette(false), openShortcuts: onSheet, order: setOrder }),
    [onPalette, onSheet],
  )
  return (
    <PaletteContext value={value}>
      {children}
      {state !== 'never' && (
        <CommandPalette open={state === 'open'} onOpenChange={(open) => setState(open ? 'open' : 'closed')} />
      )}
      {hasSheet && <ShortcutSheet onClose={() => setSheet(false)} />}
      {order && <PaletteOrders order={order} onClose={() => setOrder(null)} />}
    </PaletteContext>
  )
}
