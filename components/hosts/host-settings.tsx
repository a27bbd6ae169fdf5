'use client'

import { Pencil } from 'lucide-react'
import type { HostDialog } from '@/components/hosts/host-actions'
import { HostPolicy } from '@/components/hosts/host-facts'
import { ActionRows } from '@/components/layout/action-rows'
import { useMay } from '@/components/layout/person'
import { Button } from '@/components/ui/button'
import { Mono } from '@/components/ui/code-block'
import { Facts, Panel } from '@/components/ui/feedback'
import { Badge } from '@/components/ui/status'
import type { HostView } from '@/lib/hosts/schema'

interface Props {
  host: HostView
  onOpen: (dialog: HostDialog) => void
}

function Labels({ labels }: Pick<HostView, 'labels'>) {
  const pairs = Object.entries(labels)
  if (pairs.length === 0) return <span className="text-faint">none</span>
  return (
    <span className="flex flex-wrap gap-1">
      {pairs.map(([key, value]) => (
        <Badge key={key} mono>
          {value === '' ? key : `${key}=${value}`}
        </Badge>
      ))}
    </span>
  )
}

function Settings({ host, onOpen }: Props) {
  const isAdmin = useMay('hosts.admin')
  return (
    <Panel
      title="Settings"
      action={
        isAdmin && (
          <Button size="sm" icon={Pencil} onClick={() => onOpen('edit')}>
            Edit
          </Button>
        )
      }
    >
      <Facts
        items={[
          ['Name', host.name],
          ['Address', <Mono key="address" text={host.address} copy />],
          ['Labels', <Labels key="labels" labels={host.labels} />],
        ]}
      />
    </Panel>
  )
}

/** How the host is called and reached, what it allows, and what takes it out of the fleet. */
export function HostSettings({ host, onOpen }: Props) {
  const isAdmin = useMay('hosts.admin')
  const isRevoked = host.revoked_at !== null
  return (
    <div className="space-y-5">
      <Settings host={host} onOpen={onOpen} />
      <HostPolicy host={host} />
      <ActionRows
        title="Actions"
        rows={[
          isAdmin && {
            title: 'Revoke this host',
            text: 'Its certificate is refused from then on. What is mounted there stays, out of reach.',
            button: (
              <Button className="text-critical" disabled={isRevoked} onClick={() => onOpen('revoke')}>
                Revoke
              </Button>
            ),
          },
          isAdmin && {
            title: 'Delete this host',
            text: `It disappears from the list and from all mounts.${isRevoked ? '' : ' Revoke it first.'}`,
            button: (
              <Button className="text-critical" disabled={!isRevoked} onClick={() => onOpen('delete')}>
                Delete
              </Button>
            ),
          },
        ]}
      />
    </div>
  )
}
