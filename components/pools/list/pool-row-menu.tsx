'use client'

import { Ellipsis, Plus, RefreshCw, Trash2, Wrench } from 'lucide-react'
import { useMay } from '@/components/layout/person'
import type { PoolOrder } from '@/components/pools/list/pool-columns'
import { IconButton } from '@/components/ui/button'
import { Menu, MenuItem, MenuSeparator } from '@/components/ui/menu'
import type { PoolView } from '@/lib/pools/schema'

/** What can be done with one pool. */
export function PoolRowMenu({ pool, onAct }: { pool: PoolView; onAct: (order: PoolOrder) => void }) {
  const canMake = useMay('volumes.write')
  const isGoing = pool.phase === 'DELETING'
  return (
    <span className="relative z-10">
      <Menu trigger={<IconButton icon={Ellipsis} label={`Actions for ${pool.name}`} />}>
        {canMake && (
          <MenuItem icon={Plus} disabled={isGoing || pool.maintenance} onSelect={() => onAct('volume')}>
            New volume
          </MenuItem>
        )}
        <MenuItem icon={RefreshCw} disabled={isGoing} onSelect={() => onAct('reconnect')}>
          Reconnect
        </MenuItem>
        <MenuItem icon={Wrench} disabled={isGoing} onSelect={() => onAct('maintenance')}>
          {pool.maintenance ? 'End maintenance' : 'Begin maintenance'}
        </MenuItem>
        <MenuSeparator />
        <MenuItem icon={Trash2} danger disabled={isGoing} onSelect={() => onAct('delete')}>
          Delete
        </MenuItem>
      </Menu>
    </span>
  )
}
