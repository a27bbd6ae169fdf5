'use client'

import dynamic from 'next/dynamic'
import { useRef, useState } from 'react'
import { useSync } from '@/components/mounts/use-sync'
import { gridEvents } from '@/components/placement/grid-events'
import { MatrixCard } from '@/components/placement/matrix-card'
import type { Matrix, MatrixLayout } from '@/components/placement/matrix-model'
import { MatrixTable } from '@/components/placement/matrix-table'
import { useActiveCell } from '@/components/placement/use-active-cell'
import { useCellCard } from '@/components/placement/use-cell-card'
import { useMatrixViewport } from '@/components/placement/use-matrix-viewport'
import type { MatrixMount } from '@/lib/mounts/matrix/matrix-schema'
import type { Tone } from '@/lib/tones'

const ActOnMount = dynamic(() => import('@/components/mounts/mount-dialogs').then((module) => module.ActOnMount), {
  ssr: false,
})

/** What is being reviewed. */
interface Acting {
  mount: MatrixMount
  verb: 'mount' | 'unmount'
  hostIds: readonly string[]
}

/** Hosts down, mounts across; only what is near the window is in the page. Arrow keys lead from cell to cell. */
export function MatrixGrid({ matrix, layout, tone }: { matrix: Matrix; layout: MatrixLayout; tone: Tone | '' }) {
  const scroller = useRef<HTMLDivElement>(null)
  const { active, setActive, moveTo } = useActiveCell(scroller, layout)
  const viewport = useMatrixViewport(scroller, { keys: matrix.mounts, layout, active })
  const card = useCellCard(scroller, layout)
  const { sync, review, attemptOf } = useSync()
  const [acting, setActing] = useState<Acting | null>(null)
  const events = gridEvents({
    layout,
    card,
    page: viewport.page,
    setActive,
    goTo(place) {
      card.close()
      moveTo(place)
      viewport.scrollTo(place)
    },
  })
  const { shown, cell } = card
  return (
    <div className="panel overflow-hidden md:-mb-10">
      <div
        ref={scroller}
        className="relative max-h-[max(16rem,calc(100dvh-14.75rem))] overflow-auto max-md:max-h-[max(16rem,calc(100dvh-7rem))]"
        onScroll={card.closeUnlessHeld}
      >
        <MatrixTable
          matrix={matrix}
          layout={layout}
          viewport={viewport}
          active={active}
          lit={shown?.place.column}
          tone={tone}
          {...events}
        />
      </div>
      {shown && cell && !review && (
        <MatrixCard
          key={`${shown.place.row} ${shown.place.column} ${shown.isHeld}`}
          cell={cell}
          anchor={shown.anchor}
          isHeld={shown.isHeld}
          isPhone={viewport.sizes.isPhone}
          attempt={attemptOf({ mount: cell.mount, hostIds: [cell.host.id] })?.operationId}
          onAct={(verb) => {
            const what = { mount: cell.mount, hostIds: [cell.host.id] }
            if (verb === 'sync') return sync(what)
            card.close()
            setActing({ ...what, verb })
          }}
          onClose={() => card.close({ returnFocus: true })}
          onEnter={card.stay}
          onLeave={() => card.hover(undefined)}
        />
      )}
      {review}
      {acting && <ActOnMount {...acting} onClose={() => setActing(null)} />}
    </div>
  )
}
