import type { ComponentProps } from 'react'
import { placeOf } from '@/components/placement/cell-element'
import { type MatrixLayout, moved, type Place } from '@/components/placement/matrix-model'
import type { CellCard } from '@/components/placement/use-cell-card'

type GridEvents = Pick<
  ComponentProps<'table'>,
  'onKeyDown' | 'onFocus' | 'onBlur' | 'onClick' | 'onPointerOver' | 'onPointerLeave'
>

/** What keys, the focus and the pointer do in the grid. */
export function gridEvents({
  layout,
  card,
  page,
  setActive,
  goTo,
}: {
  layout: MatrixLayout
  card: CellCard
  page: () => number
  setActive: (place: Place) => void
  /** Moves the focus, and the window with it. */
  goTo: (place: Place) => void
}): GridEvents {
  return {
    onKeyDown(event) {
      const from = placeOf(event.target)
      if (!from) return
      if (event.key === 'Enter' || event.key === ' ') {
        event.preventDefault()
        card.open(from, { isHeld: true })
        return
      }
      const to = moved(layout, from, event.key, { isControl: event.ctrlKey || event.metaKey, page: page() })
      if (!to) return
      event.preventDefault()
      goTo(to)
    },
    onFocus(event) {
      const place = placeOf(event.target)
      if (!place) return
      setActive(place)
      if (event.target.matches(':focus-visible')) card.open(place, { isHeld: false })
    },
    onBlur: card.closeUnlessHeld,
    onClick(event) {
      const place = placeOf(event.target)
      if (!place) return
      setActive(place)
      card.open(place, { isHeld: true })
    },
    onPointerOver(event) {
      if (event.pointerType === 'mouse') card.hover(placeOf(event.target))
    },
    onPointerLeave: () => card.hover(undefined),
  }
}
