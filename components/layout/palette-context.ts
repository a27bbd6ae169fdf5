'use client'

import { createContext, useContext } from 'react'
import type { MountView } from '@/lib/mounts/schema'

/** A change that was chosen in the palette. It is read before it is made, like every other. */
export type PaletteOrder =
  | { noun: 'mount'; verb: 'mount' | 'unmount' | 'sync' | 'delete'; mount: MountView }
  | { noun: 'backend'; verb: 'delete'; backend: { id: string; name: string } }

export interface Palette {
  openPalette: () => void
  /** The sheet of keys. */
  openShortcuts: () => void
  /** Has a change that was chosen in the palette reviewed. */
  order: (order: PaletteOrder) => void
}

export const PaletteContext = createContext<Palette>({
  openPalette: () => {},
  openShortcuts: () => {},
  order: () => {},
})

export function usePalette(): Palette {
  return useContext(PaletteContext)
}
