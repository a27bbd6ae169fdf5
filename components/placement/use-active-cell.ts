'use client'

import { type RefObject, useEffect, useRef, useState } from 'react'
import { elementAt } from '@/components/placement/cell-element'
import type { GridShape, Place } from '@/components/placement/matrix-model'

/** The one cell that a Tab leads to; from there arrow keys lead on. */
export function useActiveCell(scroller: RefObject<HTMLElement | null>, { rows, columns }: GridShape) {
  const [wanted, setActive] = useState<Place>({ row: 0, column: 0 })
  const shouldFocus = useRef(false)
  const isThere = rows[wanted.row]?.kind === 'host' && wanted.column < columns.length
  const firstHost = rows.findIndex((row) => row.kind === 'host')
  const active = isThere ? wanted : { row: Math.max(0, firstHost), column: 0 }

  useEffect(() => {
    if (!shouldFocus.current) return
    shouldFocus.current = false
    elementAt(scroller.current, active)?.focus({ preventScroll: true })
  })

  return {
    active,
    setActive,
    /** Takes the focus there as soon as the cell is in the page. */
    moveTo(place: Place) {
      shouldFocus.current = true
      setActive(place)
    },
  }
}
