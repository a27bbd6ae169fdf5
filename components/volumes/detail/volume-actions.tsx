'use client'

import {
  Camera,
  CopyPlus,
  Ellipsis,
  FileOutput,
  FolderInput,
  GitBranch,
  Layers,
  Pencil,
  Scaling,
  Trash2,
  Undo2,
} from 'lucide-react'
import { useMay } from '@/components/layout/person'
import { Button, IconButton } from '@/components/ui/button'
import { Menu, MenuItem, MenuSeparator } from '@/components/ui/menu'
import type { AskedOfVolume } from '@/components/volumes/detail/volume-detail'
import type { useTrash } from '@/components/volumes/use-trash'
import type { VolumeView } from '@/lib/volumes/schema'

interface Props {
  volume: VolumeView
  trash: ReturnType<typeof useTrash>
  onAsk: (asked: AskedOfVolume) => void
}

function TrashedActions({ volume, trash, onAsk }: Props) {
  const mayPurge = useMay('volumes.purge')
  return (
    <>
      <Button
        variant="primary"
        icon={Undo2}
        pending={trash.isTakingBack}
        disabled={volume.refuses.untrash !== undefined}
        onClick={() => trash.takeBack(volume)}
      >
        Take back
      </Button>
      {mayPurge && (
        <Button
          icon={Trash2}
          className="text-critical"
          disabled={volume.refuses.purge !== undefined}
          onClick={() => onAsk({ dialog: 'purge' })}
        >
          Delete for good
        </Button>
      )}
    </>
  )
}

function MainButton({ volume: { refuses }, onAsk }: Props) {
  if (refuses.snapshot === undefined) {
    return (
      <Button icon={Camera} onClick={() => onAsk({ dialog: 'snapshot' })}>
        Take a snapshot
      </Button>
    )
  }
  if (refuses.resize !== undefined) return null
  return (
    <Button icon={Scaling} onClick={() => onAsk({ dialog: 'grow' })}>
      Grow
    </Button>
  )
}

/** What helps, and the rest in the menu. What it cannot do now says why under the pointer, and in the settings. */
export function VolumeActions(props: Props) {
  const { volume, trash, onAsk } = props
  const { refuses } = volume
  if (volume.phase === 'TRASHED') return <TrashedActions {...props} />
  return (
    <>
      <MainButton {...props} />
      <Menu trigger={<IconButton icon={Ellipsis} label="More actions" className="border border-line-strong" />}>
        <MenuItem icon={Scaling} disabled={refuses.resize !== undefined} onSelect={() => onAsk({ dialog: 'grow' })}>
          Grow
        </MenuItem>
        <MenuItem icon={GitBranch} disabled={refuses.clone !== undefined} onSelect={() => onAsk({ dialog: 'clone' })}>
          Clone
        </MenuItem>
        <MenuItem icon={CopyPlus} disabled={refuses.copy !== undefined} onSelect={() => onAsk({ dialog: 'copy' })}>
          Copy
        </MenuItem>
        <MenuItem
          icon={FileOutput}
          disabled={refuses.export !== undefined}
          onSelect={() => onAsk({ dialog: 'export' })}
        >
          Export
        </MenuItem>
        <MenuItem icon={FolderInput} disabled={refuses.move !== undefined} onSelect={() => onAsk({ dialog: 'move' })}>
          Move to another pool
        </MenuItem>
        {volume.parent !== null && (
          <MenuItem
            icon={Layers}
            disabled={refuses.flatten !== undefined}
            onSelect={() => onAsk({ dialog: 'flatten' })}
          >
            Flatten
          </MenuItem>
        )}
        <MenuItem icon={Pencil} onSelect={() => onAsk({ dialog: 'rename' })}>
          Edit
        </MenuItem>
        <MenuSeparator />
        <MenuItem icon={Trash2} danger disabled={refuses.trash !== undefined} onSelect={() => trash.trash(volume)}>
          Move to the trash
        </MenuItem>
      </Menu>
    </>
  )
}
