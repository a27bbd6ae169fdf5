'use client'

import { Ellipsis, Trash2 } from 'lucide-react'
import { useMay } from '@/components/layout/person'
import { Button, IconButton } from '@/components/ui/button'
import { Menu, MenuItem } from '@/components/ui/menu'
import type { VolumeOrder } from '@/components/volumes/list/volume-row-menu'
import type { VolumeRow } from '@/lib/volumes/schema'

/** The way back as a button; what ends it for good in the menu. */
export function TrashRowActions({ volume, onAct }: { volume: VolumeRow; onAct: (order: VolumeOrder) => void }) {
  const mayPurge = useMay('volumes.purge')
  return (
    <span className="relative z-10 inline-flex items-center justify-end gap-1">
      <Button size="sm" disabled={volume.refuses.untrash !== undefined} onClick={() => onAct('back')}>
        Take back
      </Button>
      {mayPurge && (
        <Menu trigger={<IconButton icon={Ellipsis} label={`More actions for ${volume.name}`} />}>
          <MenuItem icon={Trash2} danger disabled={volume.refuses.purge !== undefined} onSelect={() => onAct('purge')}>
            Delete for good
          </MenuItem>
        </Menu>
      )}
    </span>
  )
}
