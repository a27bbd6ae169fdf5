'use client'

import { Popover as Base } from '@base-ui/react/popover'
import type { ReactElement, ReactNode } from 'react'
import { cn } from '@/components/ui/cn'

export function Popover({
  trigger,
  title,
  children,
  className,
}: {
  trigger: ReactElement
  title: string
  children: ReactNode
  className?: string
}) {
  return (
    <Base.Root>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner sideOffset={6} align="end" className="z-50">
          <Base.Popup
            className={cn('popup max-h-(--available-height) max-w-[calc(100vw-16px)] overflow-y-auto', className)}
          >
            <Base.Title className="sr-only">{title}</Base.Title>
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}
