'use client'

import Link from 'next/link'
import { useEffect, useRef, useState } from 'react'
import { ScreenLink } from '@/components/consoles/screen-link'
import { ScreenNotice } from '@/components/consoles/screen-notice'
import type { ScreenState } from '@/components/consoles/screen-state'

interface Props {
  workloadId: string
  hostId: string
  machine: string
}

/** A screen in small. The relay hands on nothing but looking, so a click on it leads to the page where one can type. */
export function LookingAt({ workloadId, hostId, machine }: Props) {
  const canvas = useRef<HTMLDivElement>(null)
  const [link, setLink] = useState<ScreenLink | null>(null)
  const [state, setState] = useState<ScreenState>({ name: 'connecting' })
  useEffect(() => {
    if (canvas.current === null) return
    const made = new ScreenLink({ element: canvas.current, hostId, machine, isOnlyLooking: true, onState: setState })
    setLink(made)
    made.start()
    return () => made.stop()
  }, [hostId, machine])
  return (
    <div className="relative aspect-[4/3] w-full max-w-[400px] overflow-hidden rounded-md border border-line bg-[#000]">
      <div ref={canvas} inert className="absolute inset-0" data-testid="small-screen" />
      <ScreenNotice
        state={state}
        onRetry={() => link?.start()}
        onPassword={(password) => link?.sendPassword(password)}
      />
      {state.name === 'open' && (
        <Link
          href={`/workloads/${workloadId}/screen`}
          prefetch={false}
          aria-label="Open the screen"
          title="Open the screen"
          className="absolute inset-0"
        />
      )}
    </div>
  )
}
