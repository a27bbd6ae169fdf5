'use client'

import { Popover } from '@base-ui/react/popover'
import { RefreshCw, Unplug, Waypoints } from 'lucide-react'
import Link from 'next/link'
import { TypeIcon } from '@/components/backends/backend-type'
import { useMay } from '@/components/layout/person'
import { AttemptNote } from '@/components/mounts/attempt-note'
import type { Cell } from '@/components/placement/matrix-model'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { Facts } from '@/components/ui/feedback'
import { RelativeTime, SinceTime } from '@/components/ui/relative-time'
import { Status } from '@/components/ui/status'
import { traitsOf } from '@/lib/mounts/state'
import { isTrouble } from '@/lib/tones'

const WANTED = { mounted: 'Mounted', unmounted: 'Unmounted', gone: 'Taken off this host' } as const

/** What is wrong there, and what came of the latest retry. */
function Trouble({ cell, attempt }: Pick<CardProps, 'cell' | 'attempt'>) {
  const { host, status } = cell
  return (
    <>
      {status.tone === 'drift' && cell.drift && (
        <p className="rounded-md bg-drift-soft px-2.5 py-2 text-12 break-words">{cell.drift}</p>
      )}
      {cell.error && status.tone !== 'drift' && (
        <div className="rounded-md bg-sunken px-2.5 py-2 text-12">
          <p className="break-words">{cell.error}</p>
          {cell.advice && <p className="mt-1 break-words text-muted">{cell.advice}</p>}
        </div>
      )}
      {attempt !== undefined && <AttemptNote operationId={attempt} isBrief={cell.error !== null} className="text-12" />}
      {host.status !== 'online' && (
        <p className="text-12 text-warning">
          The host is {host.status}. This is what was last seen; a change reaches it when it returns.
        </p>
      )}
    </>
  )
}

function About({ cell: { host, mount, wanted } }: Pick<CardProps, 'cell'>) {
  return (
    <Facts
      className="gap-x-4 gap-y-1 text-12"
      items={[
        ['Wanted', WANTED[wanted]],
        [
          'Mount point',
          <span key="place" className="break-all font-mono">
            {mount.mount_point}
          </span>,
        ],
        [
          'Backend',
          <Link
            key="backend"
            href={`/backends/${mount.backend.id}`}
            prefetch={false}
            className="inline-flex items-center gap-1.5 hover:underline"
          >
            <TypeIcon type={mount.type} className="size-3.5" />
            {mount.backend.name}
          </Link>,
        ],
        ['Seen', <RelativeTime key="seen" at={host.observed_at} />],
      ]}
    />
  )
}

function Buttons({ cell, onAct }: Pick<CardProps, 'cell' | 'onAct'>) {
  const canWrite = useMay('mounts.write')
  if (!canWrite || cell.wanted === 'gone') return null
  return (
    <div className="flex flex-wrap gap-2">
      {isTrouble(cell.status.tone) && !traitsOf(cell.state).isOthers && (
        <Button size="sm" icon={RefreshCw} onClick={() => onAct('sync')}>
          {cell.status.tone === 'drift' ? 'Put it back' : 'Retry'}
        </Button>
      )}
      {cell.wanted === 'mounted' ? (
        <Button size="sm" icon={Unplug} onClick={() => onAct('unmount')}>
          Unmount here
        </Button>
      ) : (
        <Button size="sm" icon={Waypoints} onClick={() => onAct('mount')}>
          Mount here
        </Button>
      )}
    </div>
  )
}

/** Everything that is known of one mount on one host, and what can be done about it. */
function Explanation({ cell, attempt, onAct }: Pick<CardProps, 'cell' | 'attempt' | 'onAct'>) {
  return (
    <div className="space-y-3">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
        <Status {...cell.status} className="font-medium" />
        <span className="text-12 text-muted">{cell.since && <SinceTime at={cell.since} />}</span>
      </div>
      <Trouble cell={cell} attempt={attempt} />
      <About cell={cell} />
      <Buttons cell={cell} onAct={onAct} />
    </div>
  )
}

function Heading({ cell: { mount, host } }: { cell: Cell }) {
  return (
    <>
      <Link href={`/mounts/${mount.id}`} prefetch={false} className="font-semibold hover:underline">
        {mount.name}
      </Link>{' '}
      <span className="text-muted">on</span>{' '}
      <Link href={`/hosts/${host.id}`} prefetch={false} className="font-semibold hover:underline">
        {host.name}
      </Link>
    </>
  )
}

export interface CardProps {
  cell: Cell
  anchor: Element
  /** The operation of the latest retry here. */
  attempt: string | undefined
  /** Opened by a key or a click: it takes the focus and stays. */
  isHeld: boolean
  isPhone: boolean
  /** Whoever hears it has the change reviewed. */
  onAct: (verb: 'mount' | 'unmount' | 'sync') => void
  onClose: () => void
  onEnter: () => void
  onLeave: () => void
}

/** Beside the cell; on a phone in a dialog. */
export function MatrixCard({ cell, anchor, attempt, isHeld, isPhone, onAct, onClose, onEnter, onLeave }: CardProps) {
  if (isPhone) {
    return (
      <Dialog open onOpenChange={(open) => !open && onClose()} size="sm" title={<Heading cell={cell} />}>
        <Explanation cell={cell} attempt={attempt} onAct={onAct} />
      </Dialog>
    )
  }
  return (
    <Popover.Root open onOpenChange={(open) => !open && onClose()} modal={false}>
      <Popover.Portal>
        <Popover.Positioner
          anchor={anchor}
          side="bottom"
          align="start"
          sideOffset={4}
          collisionPadding={12}
          className="z-50 outline-none"
        >
          <Popover.Popup
            initialFocus={isHeld}
            finalFocus={false}
            onPointerEnter={onEnter}
            onPointerLeave={onLeave}
            className="popup w-80 p-3.5 text-13 outline-none"
          >
            <Popover.Title className="mb-2 text-13">
              <Heading cell={cell} />
            </Popover.Title>
            <Explanation cell={cell} attempt={attempt} onAct={onAct} />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  )
}
