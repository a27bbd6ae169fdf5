'use client'

import { useQuery } from '@tanstack/react-query'
import { Copy, Ellipsis, Pencil, RefreshCw, Trash2, Unplug, Waypoints } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useRouter } from 'next/navigation'
import { operationOne } from '@/components/data/queries'
import { canBring, helpOnHost, mainAction } from '@/components/mounts/help'
import type { useSync } from '@/components/mounts/use-sync'
import { doingOfOperation, progressWords } from '@/components/plans/progress-words'
import { Button, ButtonLink, IconButton } from '@/components/ui/button'
import { Menu, MenuItem, MenuSeparator } from '@/components/ui/menu'
import { StatusShape } from '@/components/ui/status'
import type { MountView } from '@/lib/mounts/schema'
import type { OperationRow } from '@/lib/operations/schema'

const EditMount = dynamic(() => import('@/components/mounts/forms/edit-mount').then((module) => module.EditMount), {
  ssr: false,
})
const Duplicate = dynamic(() => import('@/components/data/duplicate').then((module) => module.Duplicate), {
  ssr: false,
})
const ActOnMount = dynamic(() => import('@/components/mounts/mount-dialogs').then((module) => module.ActOnMount), {
  ssr: false,
})
const DeleteMount = dynamic(() => import('@/components/mounts/mount-dialogs').then((module) => module.DeleteMount), {
  ssr: false,
})

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
      <MenuItem icon={RefreshCw} disabled={!canBring(mount)} onSelect={() => syncing.sync({ mount })}>
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

/** The open dialog of a mount's page. */
export function MountDialogs({
  mount,
  dialog,
  onClose,
}: {
  mount: MountView
  dialog: MountDialog
  onClose: () => void
}) {
  const router = useRouter()
  switch (dialog) {
    case 'edit':
      return <EditMount mount={mount} onClose={onClose} />
    case 'mount':
    case 'unmount':
      return <ActOnMount mount={mount} verb={dialog} onClose={onClose} />
    case 'delete':
      return <DeleteMount mount={mount} onClose={onClose} onDeleted={() => router.push('/mounts')} />
    case 'duplicate':
      return (
        <Duplicate
          noun="mount"
          name={mount.name}
          url={`/api/v1/storage/mounts/${mount.id}`}
          suggestion={`${mount.name}-copy`.slice(0, 63)}
          note="For the same hosts, at /mnt/ and its name. It is only written down; you mount it when you want."
          onClose={onClose}
          onMade={(made) => router.push(`/mounts/${made}`)}
        />
      )
  }
}
