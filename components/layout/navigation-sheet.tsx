'use client'

import { Dialog as Sheet } from '@base-ui/react/dialog'
import { Sidebar } from '@/components/layout/sidebar'

/** The sidebar on a phone. */
export function NavigationSheet({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  return (
    <Sheet.Root open={open} onOpenChange={onOpenChange}>
      <Sheet.Portal>
        <Sheet.Backdrop className="fixed inset-0 z-40 bg-scrim transition-opacity duration-100 data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <Sheet.Popup className="fixed inset-y-0 left-0 z-50 w-[280px] border-r border-line bg-canvas transition-transform duration-150 data-ending-style:-translate-x-full data-starting-style:-translate-x-full">
          <Sheet.Title className="sr-only">Navigation</Sheet.Title>
          <Sidebar onNavigate={() => onOpenChange(false)} />
        </Sheet.Popup>
      </Sheet.Portal>
    </Sheet.Root>
  )
}
