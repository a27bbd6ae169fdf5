'use client'

import { useRouter } from 'next/navigation'
import { DeleteBackend } from '@/components/backends/delete-backend'
import type { PaletteOrder } from '@/components/layout/palette-context'
import { ReviewMounts } from '@/components/mounts/list/review-mounts'

/** The review of a change that was chosen in the palette. */
export function PaletteOrders({ order, onClose }: { order: PaletteOrder; onClose: () => void }) {
  const router = useRouter()
  if (order.noun === 'mount') return <ReviewMounts mounts={[order.mount]} verb={order.verb} onClose={onClose} />
  return (
    <DeleteBackend
      backend={order.backend}
      open
      onOpenChange={(open) => !open && onClose()}
      onDeleted={() => {
        onClose()
        router.push('/backends')
      }}
    />
  )
}
