'use client'

import { useQuery } from '@tanstack/react-query'
import { Ellipsis, Pencil, RefreshCw, ShieldOff, Trash2 } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { connectionStatus } from '@/components/backends/status'
import { Gone, isGone } from '@/components/data/gone'
import { usePollInterval } from '@/components/data/live'
import { backendList, hostOne, mountsOf, operationsOnHost } from '@/components/data/queries'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { ExistingMounts } from '@/components/hosts/existing-mounts'
import { HostFacts, HostPolicy, HostTools } from '@/components/hosts/host-facts'
import { InstallTools } from '@/components/hosts/install-tools'
import { MountsHere } from '@/components/hosts/mounts-here'
import { hostStatus } from '@/components/hosts/status'
import { UpdateAgent } from '@/components/hosts/update-agent'
import { Page } from '@/components/layout/page'
import { useMay } from '@/components/layout/person'
import { HostEvents } from '@/components/mounts/detail/mount-events'
import { OperationList } from '@/components/operations/operation-list'
import { Button, IconButton } from '@/components/ui/button'
import { CodeBlock } from '@/components/ui/code-block'
import { Note } from '@/components/ui/feedback'
import { Menu, MenuItem, MenuSeparator } from '@/components/ui/menu'
import { RelativeTime } from '@/components/ui/relative-time'
import { RowLink } from '@/components/ui/row-link'
import { Badge, Status, StatusBadge } from '@/components/ui/status'
import { Tabs } from '@/components/ui/tabs'

const RemoveHost = dynamic(() => import('@/components/hosts/remove-host').then((module) => module.RemoveHost), {
  ssr: false,
})
const EditHost = dynamic(() => import('@/components/hosts/edit-host').then((module) => module.EditHost), { ssr: false })

import { CLOCK_CURE, CLOCK_WARNING_MS, span } from '@/lib/agent-protocol/clock'
import type { HostView } from '@/lib/hosts/schema'
import type { OperationRow } from '@/lib/operations/schema'

/** Block storages that are open on this host, or are to be. */
function ConnectionsHere({ hostId }: { hostId: string }) {
  const { data: backends } = useQuery(backendList())
  const here = (backends?.data ?? []).flatMap((backend) =>
    backend.connections.filter((one) => one.host_id === hostId).map((connection) => ({ backend, connection })),
  )
  if (here.length === 0) return null
  return (
    <section aria-label="Block storages" className="mt-5">
      <h2 className="mb-2 text-13 font-medium">Block storages</h2>
      <ul className="panel divide-y divide-line">
        {here.map(({ backend, connection }) => (
          <li
            key={backend.id}
            className="relative grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-0.5 px-4 py-2.5 text-13 hover:bg-hover"
          >
            <RowLink href={`/backends/${backend.id}`} className="truncate font-medium">
              {backend.name}
            </RowLink>
            <Status {...connectionStatus(connection)} />
            {connection.message && <p className="col-span-full break-words text-12 text-muted">{connection.message}</p>}
          </li>
        ))}
      </ul>
    </section>
  )
}

function Warnings({ host }: { host: HostView }) {
  const privilege = host.info?.privilege
  return (
    <div className="mb-5 space-y-3 empty:hidden">
      {host.revoked_at && (
        <Note kind="warning" title="This host was revoked">
          Holdfast does not talk to it any more. What is mounted there stays as it is until somebody unmounts it by
          hand.
        </Note>
      )}
      {!host.revoked_at && host.error && (
        <Note kind="critical" title={host.error}>
          Seen last <RelativeTime at={host.observed_at} />. Check that the machine is up and that the service
          holdfast-agent runs on it.
        </Note>
      )}
      {host.agent_update && <UpdateAgent host={host} update={host.agent_update} />}
      {host.missing_tools.length > 0 && !host.revoked_at && <InstallTools host={host} />}
      {privilege === 'namespace' && (
        <Note kind="warning" title="The agent here does not run as root">
          It mounts inside a namespace of its own: other programs on this machine do not see those mounts.
        </Note>
      )}
      {host.clock_skew_ms !== null && Math.abs(host.clock_skew_ms) > CLOCK_WARNING_MS && (
        <Note
          kind="warning"
          title={`Its clock is ${span(host.clock_skew_ms)} ${host.clock_skew_ms > 0 ? 'ahead of' : 'behind'} the controller’s`}
        >
          If other hosts say the same, it is the controller’s clock that is wrong. {CLOCK_CURE} Certificates and logs
          depend on it.
        </Note>
      )}
    </div>
  )
}

export function HostDetail({ id }: { id: string }) {
  const poll = usePollInterval()
  const { data: host, error } = useQuery({ ...hostOne(id), refetchInterval: poll })
  const { data: mounts } = useQuery({ ...mountsOf({ host_id: id }), refetchInterval: poll })
  const { data: operations } = useQuery({ ...operationsOnHost(id), refetchInterval: poll })
  const isAdmin = useMay('hosts.admin')
  const mayRefresh = useMay('hosts.refresh')
  const [dialog, setDialog] = useState<'edit' | 'revoke' | 'delete' | null>(null)
  const refresh = useAction<void, OperationRow>({
    run: () => requestOne<OperationRow>(`/api/v1/hosts/${id}/refresh`, { method: 'POST', body: {} }),
    topics: ['operation', 'host'],
    done: () => 'Asking the host',
  })
  if (isGone(error)) return <Gone noun="host" list="Hosts" href="/hosts" />
  if (!host) return null
  const here = mounts?.data ?? []
  const labels = Object.entries(host.labels)

  return (
    <Page
      crumbs={[{ label: 'Hosts', href: '/hosts' }, { label: host.name }]}
      title={host.name}
      status={<StatusBadge {...hostStatus(host)} />}
      subtitle={
        <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <span className="font-mono text-12">{host.address}</span>
          <span>
            as of <RelativeTime at={host.observed_at} />
          </span>
          {host.is_local && <Badge>this machine</Badge>}
          {labels.map(([key, value]) => (
            <Badge key={key} mono>
              {key}={value}
            </Badge>
          ))}
        </span>
      }
      actions={
        <>
          {mayRefresh && (
            <Button
              icon={RefreshCw}
              pending={refresh.isPending}
              disabled={host.revoked_at !== null}
              onClick={() => refresh.mutate()}
            >
              Refresh
            </Button>
          )}
          {isAdmin && (
            <Menu trigger={<IconButton icon={Ellipsis} label="More actions" className="border border-line-strong" />}>
              <MenuItem icon={Pencil} onSelect={() => setDialog('edit')}>
                Edit
              </MenuItem>
              <MenuItem
                icon={ShieldOff}
                danger
                disabled={host.revoked_at !== null}
                onSelect={() => setDialog('revoke')}
              >
                Revoke
              </MenuItem>
              <MenuSeparator />
              <MenuItem icon={Trash2} danger disabled={host.revoked_at === null} onSelect={() => setDialog('delete')}>
                Delete
              </MenuItem>
            </Menu>
          )}
        </>
      }
    >
      <Warnings host={host} />
      <Tabs
        label="About this host"
        tabs={[
          {
            id: 'mounts',
            label: 'Mounts',
            count: here.length,
            content: (
              <>
                <MountsHere hostId={id} mounts={here} />
                <ConnectionsHere hostId={id} />
                <ExistingMounts host={host} />
              </>
            ),
          },
          { id: 'system', label: 'System', content: <HostFacts host={host} /> },
          { id: 'tools', label: 'Tools', content: <HostTools host={host} /> },
          { id: 'policy', label: 'Policy', content: <HostPolicy host={host} /> },
          {
            id: 'history',
            label: 'History',
            content: (
              <div className="space-y-5">
                <HostEvents hostId={id} />
                <section className="panel" aria-label="What was done">
                  <h2 className="border-b border-line px-4 py-2 text-13 font-medium">What was done</h2>
                  <OperationList operations={operations?.data} limit={50} />
                </section>
              </div>
            ),
          },
          { id: 'raw', label: 'Raw', content: <CodeBlock text={JSON.stringify(host, null, 2)} label="JSON" /> },
        ]}
      />
      {dialog === 'edit' && <EditHost host={host} onClose={() => setDialog(null)} />}
      {(dialog === 'revoke' || dialog === 'delete') && (
        <RemoveHost host={host} which={dialog} onClose={() => setDialog(null)} />
      )}
    </Page>
  )
}
