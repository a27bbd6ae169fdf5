'use client'

import { Ellipsis, RefreshCw, Trash2 } from 'lucide-react'
import type { MountOrder } from '@/components/mounts/list/review-mounts'
import { verbFor } from '@/components/mounts/verb'
import { Button, IconButton } from '@/components/ui/button'
import { Menu, MenuItem, MenuSeparator } from '@/components/ui/menu'
import type { MountView } from '@/lib/mounts/schema'

/** What can be done with one mount. */
export function MountRowActions({ mount, onAct }: { mount: MountView; onAct: (verb: MountOrder['verb']) => void }) {
  const verb = verbFor(mount)
  return (
    <span className="relative z-10 inline-flex items-center justify-end gap-1">
      <Button size="sm" disabled={mount.removing} onClick={() => onAct(verb)}>
        {verb === 'mount' ? 'Mount' : 'Unmount'}
      </Button>
      <Menu trigger={<IconButton icon={Ellipsis} label={`More actions for ${mount.name}`} />}>
        <MenuItem icon={RefreshCw} onSelect={() => onAct('sync')}>
          Bring to wanted state
        </MenuItem>
        <MenuSeparator />
        <MenuItem icon={Trash2} danger disabled={mount.removing} onSelect={() => onAct('delete')}>
          Delete
        </MenuItem>
      </Menu>
    </span>
  )
}
