'use client'

import { Ellipsis, Gauge, Pause, Play, Trash2 } from 'lucide-react'
import { useMay } from '@/components/layout/person'
import { enabledNext } from '@/components/repositories/use-repository-actions'
import { IconButton } from '@/components/ui/button'
import { Menu, MenuItem, MenuSeparator } from '@/components/ui/menu'
import type { RepositoryView } from '@/lib/repositories/schema'

export type RepositoryOrder = 'measure' | 'enable' | 'disable' | 'delete'

/** What can be done with one repository. */
export function RepositoryRowMenu({
  repository,
  onAct,
}: {
  repository: RepositoryView
  onAct: (order: RepositoryOrder) => void
}) {
  const isAdmin = useMay('repositories.admin')
  const next = enabledNext(repository)
  return (
    <span className="relative z-10">
      <Menu trigger={<IconButton icon={Ellipsis} label={`Actions for ${repository.name}`} />}>
        <MenuItem icon={Gauge} onSelect={() => onAct('measure')}>
          Measure now
        </MenuItem>
        {next === true && (repository.full === null || isAdmin) && (
          <MenuItem icon={Play} onSelect={() => onAct('enable')}>
            Take new backups
          </MenuItem>
        )}
        {next === false && (
          <MenuItem icon={Pause} onSelect={() => onAct('disable')}>
            Take no new backups
          </MenuItem>
        )}
        {isAdmin && (
          <>
            <MenuSeparator />
            <MenuItem icon={Trash2} danger onSelect={() => onAct('delete')}>
              Delete
            </MenuItem>
          </>
        )}
      </Menu>
    </span>
  )
}
