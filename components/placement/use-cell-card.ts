'use client'

import { type RefObject, useRef, useState } from 'react'
import { elementAt } from '@/components/placement/cell-element'
import { cellAt, type MatrixLayout, type Place } from '@/components/placement/matrix-model'

const OPEN_AFTER_MS = 120
/** From one cell to the next while a card is open. */
const FOLLOW_AFTER_MS = 30
const CLOSE_AFTER_MS = 200

interface Shown {
  place: Place
  anchor: Element
  /** Opened by a key or a click: it has the focus and stays. */
  isHeld: boolean
}

/** The card beside a cell: a pointer or the focus shows it in passing, a key or a click holds it. */
export function useCellCard(scroller: RefObject<HTMLElement | null>, layout: MatrixLayout) {
  const [shown, setShown] = useState<Shown | null>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)

  /** The card does what it does, and nothing else later on. */
  function stay() {
    clearTimeout(timer.current)
  }
  function close(options?: { returnFocus: boolean }) {
    stay()
    if (options?.returnFocus && shown?.isHeld) elementAt(scroller.current, shown.place)?.focus({ preventScroll: true })
    setShown(null)
  }
  function open(place: Place, { isHeld }: { isHeld: boolean }) {
    stay()
    const anchor = elementAt(scroller.current, place)
    setShown(anchor && cellAt(layout, place) ? { place, anchor, isHeld } : null)
  }
  /** The pointer is over a cell, or over none. */
  function hover(place: Place | undefined) {
    if (shown?.isHeld) return
    stay()
    if (place && cellAt(layout, place))
      timer.current = setTimeout(() => open(place, { isHeld: false }), shown ? FOLLOW_AFTER_MS : OPEN_AFTER_MS)
    else if (shown) timer.current = setTimeout(close, CLOSE_AFTER_MS)
  }

  return {
    shown,
    /** Undefined also when the cell has gone meanwhile. */
    cell: shown ? cellAt(layout, shown.place) : undefined,
    open,
    close,
    hover,
    stay,
    closeUnlessHeld() {
      if (shown && !shown.isHeld) close()
    },
  }
}

export type CellCard = ReturnType<typeof useCellCard>
