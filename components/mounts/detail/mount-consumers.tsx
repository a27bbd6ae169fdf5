'use client'

import { useMutation } from '@tanstack/react-query'
import { Search } from 'lucide-react'
import { useState } from 'react'
import { ProblemNote } from '@/components/data/problem-note'
import { requestOne } from '@/components/data/request'
import { Button } from '@/components/ui/button'
import { Note } from '@/components/ui/feedback'
import { RelativeTime } from '@/components/ui/relative-time'
import { Select } from '@/components/ui/select'
import { Badge } from '@/components/ui/status'
import type { MountConsumersView, MountView } from '@/lib/mounts/schema'

const OWNERS: Record<NonNullable<MountConsumersView['consumers'][number]['owner']>['kind'], string> = {
  docker: 'container',
  podman: 'container',
  lxc: 'container',
  vm: 'virtual machine',
  service: 'service',
}

function useWords({ via, files }: MountConsumersView['consumers'][number]): string {
  return via.map((use) => (use === 'file' ? (files === 1 ? '1 open file' : `${files} open files`) : use)).join(', ')
}

function Found({ found }: { found: MountConsumersView }) {
  if (found.consumers.length === 0) {
    return (
      <p className="px-4 py-3 text-13 text-muted">
        {found.partial ? 'Nobody was found, but not every process could be looked at.' : 'Nobody uses it there now.'}
      </p>
    )
  }
  return (
    <ul className="divide-y divide-line">
      {found.consumers.map((consumer) => (
        <Line key={consumer.pid} consumer={consumer} />
      ))}
    </ul>
  )
}

function Line({ consumer }: { consumer: MountConsumersView['consumers'][number] }) {
  const words = useWords(consumer)
  return (
    <li className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5 px-4 py-2 text-13">
      <span className="font-medium">{consumer.name}</span>
      <span className="tabular font-mono text-12 text-muted">pid {consumer.pid}</span>
      {consumer.owner && (
        <Badge>
          {OWNERS[consumer.owner.kind]} {consumer.owner.name}
        </Badge>
      )}
      <span className="ml-auto text-muted">{words}</span>
    </li>
  )
}

/** Who uses the mount on one host. The host is asked when somebody wants to know, not before. */
export function MountConsumers({ mount }: { mount: MountView }) {
  const online = mount.hosts.filter((entry) => entry.host_status === 'online')
  const [hostId, setHostId] = useState(online[0]?.host_id ?? '')
  const look = useMutation({
    mutationFn: (host: string) =>
      requestOne<MountConsumersView>(
        `/api/v1/storage/mounts/${mount.id}/consumers?host_id=${encodeURIComponent(host)}`,
      ),
  })
  if (online.length === 0) return <Note>No host of this mount is online; only a host can tell who uses it there.</Note>
  return (
    <section className="panel" aria-label="Used by">
      <header className="flex flex-wrap items-center gap-2 border-b border-line px-4 py-2.5">
        <Select
          aria-label="Host"
          className="w-56"
          value={hostId}
          onChange={setHostId}
          choices={online.map((entry) => ({ value: entry.host_id, label: entry.host_name }))}
        />
        <Button icon={Search} pending={look.isPending} onClick={() => look.mutate(hostId)}>
          Look now
        </Button>
        {look.data && (
          <span className="text-12 text-muted">
            {look.data.host_name}, <RelativeTime at={look.data.asked_at} />
          </span>
        )}
      </header>
      {look.isError && <ProblemNote error={look.error} className="m-4" />}
      {look.data ? (
        <Found found={look.data} />
      ) : (
        !look.isError && (
          <p className="px-4 py-3 text-13 text-muted">
            Programs, containers and virtual machines that have something of the mount open on that host, at this
            moment.
          </p>
        )
      )}
      {look.data?.truncated && <p className="border-t border-line px-4 py-2 text-12 text-muted">There are more.</p>}
    </section>
  )
}
