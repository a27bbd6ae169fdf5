'use client'

import { Eye, EyeOff } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { Button } from '@/components/ui/button'
import { Panel } from '@/components/ui/feedback'

const LookingAt = dynamic(() => import('@/components/consoles/looking-at').then((module) => module.LookingAt), {
  ssr: false,
})

interface Props {
  workloadId: string
  hostId: string
  /** Its UUID. */
  machine: string
  isRunning: boolean
}

/** The screen of a machine in small, to look at. Nothing is opened before somebody asks: each look is in the audit. */
export function SmallScreen({ workloadId, hostId, machine, isRunning }: Props) {
  const [isShown, setShown] = useState(false)
  if (!isRunning) return null
  return (
    <Panel
      title="Its screen now"
      action={
        <Button size="sm" icon={isShown ? EyeOff : Eye} aria-expanded={isShown} onClick={() => setShown(!isShown)}>
          {isShown ? 'Hide' : 'Show'}
        </Button>
      }
    >
      {isShown ? (
        <LookingAt workloadId={workloadId} hostId={hostId} machine={machine} />
      ) : (
        <p className="text-13 text-muted">Only to look; that it was shown, and for how long, is in the audit.</p>
      )}
    </Panel>
  )
}
