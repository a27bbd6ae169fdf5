'use client'

import { Camera, CopyPlus, Ellipsis, FolderInput, GitBranch, Scaling, Trash2 } from 'lucide-react'
import { IconButton } from '@/components/ui/button'
import { Menu, MenuItem, MenuSeparator } from '@/components/ui/menu'
import type { VolumeRow } from '@/lib/volumes/schema'

/** What is done with a volume from a list; the page of the volume has all of it. */
export type VolumeOrder = 'snapshot' | 'grow' | 'clone' | 'copy' | 'move' | 'trash' | 'back' | 'purge'

/** What it cannot do now is greyed out; the page of the volume says why. */
export function VolumeRowMenu({ volume, onAct }: { volume: VolumeRow; onAct: (order: VolumeOrder) => void }) {
  const { refuses } = volume
  return (
    <span className="relative z-10">
      <Menu trigger={<IconButton icon={Ellipsis} label={`Actions for ${volume.name}`} />}>
        <MenuItem icon={Camera} disabled={refuses.snapshot !== undefined} onSelect={() => onAct('snapshot')}>
          Take a snapshot
        </MenuItem>
        <MenuItem icon={Scaling} disabled={refuses.resize !== undefined} onSelect={() => onAct('grow')}>
          Grow
        </MenuItem>
        <MenuItem icon={GitBranch} disabled={refuses.clone !== undefined} onSelect={() => onAct('clone')}>
          Clone
        </MenuItem>
        <MenuItem icon={CopyPlus} disabled={refuses.copy !== undefined} onSelect={() => onAct('copy')}>
          Copy
        </MenuItem>
        <MenuItem icon={FolderInput} disabled={refuses.move !== undefined} onSelect={() => onAct('move')}>
          Move to another pool
        </MenuItem>
        <MenuSeparator />
        <MenuItem icon={Trash2} danger disabled={refuses.trash !== undefined} onSelect={() => onAct('trash')}>
          Move to the trash
        </MenuItem>
      </Menu>
    </span>
  )
}
