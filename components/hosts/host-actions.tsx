'use client'

import { Ellipsis, Pencil, RefreshCw, ShieldOff, Trash2 } from 'lucide-react'
import dynamic from 'next/dynamic'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { useMay } from '@/components/layout/person'
import { Button, IconButton } from '@/components/ui/button'
import { Menu, MenuItem, MenuSeparator } from '@/components/ui/menu'
import type { HostView } from '@/lib/hosts/schema'
import type { OperationRow } from '@/lib/operations/schema'

const RemoveHost = dynamic(() => import('@/components/hosts/remove-host').then((module) => module.RemoveHost), {
  ssr: false,
})
const EditHost = dynamic(() => import('@/components/hosts/edit-host').then((module) => module.EditHost), { ssr: false })

export type HostDialog = 'edit' | 'revoke' | 'delete'

/** The open dialog of a host's page. */
export function HostDialogs({ host, dialog, onClose }: { host: HostView; dialog: HostDialog; onClose: () => void }) {
  if (dialog === 'edit') return <EditHost host={host} onClose={onClose} />
  return <RemoveHost host={host} which={dialog} onClose={onClose} />
}

/** What can be done with a host, by those who may. */
export function HostActions({ host, onOpen }: { host: HostView; onOpen: (dialog: HostDialog) => void }) {
  const isAdmin = useMay('hosts.admin')
  const mayRefresh = useMay('hosts.refresh')
  const refresh = useAction<void, OperationRow>({
    run: () => requestOne<OperationRow>(`/api/v1/hosts/${host.id}/refresh`, { method: 'POST', body: {} }),
    topics: ['operation', 'host'],
    done: () => 'Asking the host',
  })
  const isRevoked = host.revoked_at !== null
  return (
    <>
      {mayRefresh && (
        <Button icon={RefreshCw} pending={refresh.isPending} disabled={isRevoked} onClick={() => refresh.mutate()}>
          Refresh
        </Button>
      )}
      {isAdmin && (
        <Menu trigger={<IconButton icon={Ellipsis} label="More actions" className="border border-line-strong" />}>
          <MenuItem icon={Pencil} onSelect={() => onOpen('edit')}>
            Edit
          </MenuItem>
          <MenuItem icon={ShieldOff} danger disabled={isRevoked} onSelect={() => onOpen('revoke')}>
            Revoke
          </MenuItem>
          <MenuSeparator />
          <MenuItem icon={Trash2} danger disabled={!isRevoked} onSelect={() => onOpen('delete')}>
            Delete
          </MenuItem>
        </Menu>
      )}
    </>
  )
}
