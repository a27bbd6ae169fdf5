'use client'

import { useQuery } from '@tanstack/react-query'
import { Copy, Ellipsis, Pencil, RefreshCw, Trash2, Unplug, Waypoints } from 'lucide-react'
import { operationOne } from '@/components/data/queries'
import { helpOnHost, mainAction } from '@/components/mounts/help'
import type { useSync } from '@/components/mounts/use-sync'
import { doingOfOperation, progressWords } from '@/components/plans/progress-words'
import { Button, ButtonLink, IconButton } from '@/components/ui/button'
import { Menu, MenuItem, MenuSeparator } from '@/components/ui/menu'
import { StatusShape } from '@/components/ui/status'
import type { MountView } from '@/lib/mounts/schema'
import type { OperationRow } from '@/lib/operations/schema'

export type MountDialog = 'edit' | 'delete' | 'duplicate' | 'mount' | 'unmount'

interface Props {
  mount: MountView
  syncing: ReturnType<typeof useSync>
  onOpen: (dialog: MountDialog) => void
}

function onHosts(verb: string, count: number): string {
  return count > 1 ? `${verb} on ${count} hosts` : verb
}

/** In place of the main button while a change is under way: what goes on and how far it is. Leads to its log. */
export function WorkingLink({ row, desired }: { row: OperationRow; desired: MountView['desired_state'] }) {
  const { data } = useQuery(operationOne(row.id))
  return (
    <ButtonLink href={`/operations/${row.id}`}>
      <StatusShape tone="working" />
      <span role="status">{progressWords(doingOfOperation(row.kind, desired), data?.hosts ?? [])}</span>
    </ButtonLink>
  )
}

/** What helps now. What takes away is in the menu beside it. */
export function MainButton({ mount, syncing, onOpen }: Props) {
  const action = mainAction(mount)
  if (action === 'mount') {
    return (
      <Button variant="primary" icon={Waypoints} disabled={mount.removing} onClick={() => onOpen('mount')}>
        {onHosts('Mount', mount.hosts.length)}
      </Button>
    )
  }
  if (action === 'retry') {
    const failing = mount.hosts.filter((entry) => !entry.removing && helpOnHost(entry).includes('retry'))
    const hostIds = failing.map(({ host_id }) => host_id)
    return (
      <Button
        variant="primary"
        icon={RefreshCw}
        pending={syncing.isPending}
        disabled={mount.removing}
        onClick={() => syncing.sync({ mount, hostIds })}
      >
        {onHosts('Retry', hostIds.length)}
      </Button>
    )
  }
  return (
    <Button icon={Pencil} disabled={mount.removing} onClick={() => onOpen('edit')}>
      Edit
    </Button>
  )
}

export function MoreActions({ mount, syncing, onOpen }: Props) {
  return (
    <Menu trigger={<IconButton icon={Ellipsis} label="More actions" className="border border-line-strong" />}>
      <MenuItem icon={Pencil} disabled={mount.removing} onSelect={() => onOpen('edit')}>
        Edit
      </MenuItem>
      <MenuItem icon={Copy} onSelect={() => onOpen('duplicate')}>
        Duplicate
      </MenuItem>
      <MenuItem icon={RefreshCw} onSelect={() => syncing.sync({ mount })}>
        Bring to wanted state
      </MenuItem>
      <MenuSeparator />
      {mount.desired_state === 'mounted' && (
        <MenuItem icon={Unplug} disabled={mount.removing} onSelect={() => onOpen('unmount')}>
          {onHosts('Unmount', mount.hosts.length)}
        </MenuItem>
      )}
      <MenuItem icon={Trash2} danger disabled={mount.removing} onSelect={() => onOpen('delete')}>
        Delete
      </MenuItem>
    </Menu>
  )
}
