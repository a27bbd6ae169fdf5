import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { plain } from '@/lib/search/rank'

/** One line to choose. */
export interface PaletteLine {
  /** Its own among all lines, and the same as long as it means the same: the selection stays with it. */
  value: string
  icon: LucideIcon
  label: ReactNode
  aside?: ReactNode
  onSelect: () => void
}

export interface PaletteSection {
  heading: string
  lines: readonly PaletteLine[]
  /** How many there are besides the lines. */
  more?: number
}

/** Does every word of the query begin a word of these texts? An empty query fits all. */
export function fitsWords(query: string, texts: readonly string[]): boolean {
  const words = texts.flatMap((text) => plain(text).split(/[^\p{L}\p{N}]+/u))
  const wanted = plain(query)
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
  if (wanted.length === 0) return query.trim() === ''
  return wanted.every((start) => words.some((word) => word.startsWith(start)))
}

/** The line that Enter takes: the one that the person went to as long as it is there, else the first. */
export function selectedLine(sections: readonly PaletteSection[], chosen: string | null): string {
  const values = sections.flatMap(({ lines }) => lines.map(({ value }) => value))
  return chosen !== null && values.includes(chosen) ? chosen : (values[0] ?? '')
}
