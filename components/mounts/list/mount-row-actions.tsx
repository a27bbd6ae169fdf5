'use client'

import { Ellipsis, RefreshCw, Trash2, Unplug, Waypoints } from 'lucide-react'
import { canBring, mainAction } from '@/components/mounts/help'
import type { MountOrder } from '@/components/mounts/list/review-mounts'
import { Button, IconButton } from '@/components/ui/button'
import { Menu, MenuItem, MenuSeparator } from '@/components/ui/menu'
import type { MountView } from '@/lib/mounts/schema'

/** What can be done with one mount: what helps as a button, the rest in the menu. */
export function MountRowActions({ mount, onAct }: { mount: MountView; onAct: (verb: MountOrder['verb']) => void }) {
  const action = mainAction(mount)
  return (
    <span className="relative z-10 inline-flex items-center justify-end gap-1">
      {action !== 'edit' && (
        <Button size="sm" disabled={mount.removing} onClick={() => onAct(action === 'mount' ? 'mount' : 'sync')}>
          {action === 'mount' ? 'Mount' : 'Retry'}
        </Button>
      )}
      <Menu trigger={<IconButton icon={Ellipsis} label={`More actions for ${mount.name}`} />}>
        {mount.desired_state === 'unmounted' && (
          <MenuItem icon={Waypoints} disabled={mount.removing} onSelect={() => onAct('mount')}>
            Mount
          </MenuItem>
        )}
        <MenuItem icon={RefreshCw} disabled={!canBring(mount)} onSelect={() => onAct('sync')}>
          Bring to wanted state
        </MenuItem>
        <MenuSeparator />
        {mount.desired_state === 'mounted' && (
          <MenuItem icon={Unplug} disabled={mount.removing} onSelect={() => onAct('unmount')}>
            Unmount
          </MenuItem>
        )}
        <MenuItem icon={Trash2} danger disabled={mount.removing} onSelect={() => onAct('delete')}>
          Delete
        </MenuItem>
      </Menu>
    </span>
  )
}
