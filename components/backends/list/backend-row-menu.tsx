'use client'

import { Cable, Database, Ellipsis, FlaskConical, Pencil, Trash2, Waypoints } from 'lucide-react'
import { useMay } from '@/components/layout/person'
import { IconButton } from '@/components/ui/button'
import { Menu, MenuItem, MenuSeparator } from '@/components/ui/menu'
import type { BackendView } from '@/lib/backends/schema'

/** What can be done with one backend, by those who may. */
export function BackendRowMenu({
  backend,
  onTest,
  onDelete,
}: {
  backend: BackendView
  onTest: () => void
  onDelete: () => void
}) {
  const canTest = useMay('backends.test')
  const canWrite = useMay('backends.write')
  const canPool = useMay('pools.write')
  return (
    <span className="relative z-10">
      <Menu trigger={<IconButton icon={Ellipsis} label={`Actions for ${backend.name}`} />}>
        {canTest && (
          <MenuItem icon={FlaskConical} onSelect={onTest}>
            Test
          </MenuItem>
        )}
        {canWrite && (
          <>
            {backend.capabilities.includes('mount') && (
              <MenuItem icon={Waypoints} href={`/mounts/new?backend=${backend.id}`}>
                Mount it
              </MenuItem>
            )}
            {backend.capabilities.includes('connect') && (
              <MenuItem icon={Cable} href={`/backends/${backend.id}?tab=connection`}>
                Connect
              </MenuItem>
            )}
            {backend.capabilities.includes('volumes') && canPool && (
              <MenuItem icon={Database} href={`/pools/new?backend=${backend.id}`}>
                New pool
              </MenuItem>
            )}
            <MenuItem icon={Pencil} href={`/backends/${backend.id}/edit`}>
              Edit
            </MenuItem>
            <MenuSeparator />
            <MenuItem icon={Trash2} danger onSelect={onDelete}>
              Delete
            </MenuItem>
          </>
        )}
        {!canTest && <MenuItem href={`/backends/${backend.id}`}>Open</MenuItem>}
      </Menu>
    </span>
  )
}
