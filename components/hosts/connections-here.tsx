'use client'

import { TypeIcon } from '@/components/backends/backend-type'
import { Advice } from '@/components/data/advice'
import { SinceTime } from '@/components/ui/relative-time'
import { RowLink } from '@/components/ui/row-link'
import { Status } from '@/components/ui/status'
import { connectionStatus } from '@/lib/backends/connection-status'
import type { BackendView, ConnectionView } from '@/lib/backends/schema'
import { TONE_ORDER } from '@/lib/tones'

export interface ConnectionHere {
  backend: BackendView
  connection: ConnectionView
}

/** Block storages that are open on a host, or are to be; what needs a person first. */
export function connectionsHere(hostId: string, backends: readonly BackendView[]): ConnectionHere[] {
  const rank = ({ connection }: ConnectionHere) => TONE_ORDER.indexOf(connectionStatus(connection).tone)
  return backends
    .flatMap((backend) =>
      backend.connections.filter((one) => one.host_id === hostId).map((connection) => ({ backend, connection })),
    )
    .toSorted((a, b) => rank(a) - rank(b) || a.backend.name.localeCompare(b.backend.name))
}

export function ConnectionsHere({ connections }: { connections: readonly ConnectionHere[] }) {
  if (connections.length === 0) return null
  return (
    <section aria-label="Block storages">
      <h2 className="mb-2 text-13 font-medium">Block storages</h2>
      <ul className="panel divide-y divide-line">
        {connections.map(({ backend, connection }) => (
          <li
            key={backend.id}
            className="relative grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-0.5 px-4 py-2.5 text-13 hover:bg-hover"
          >
            <span className="flex min-w-0 items-center gap-2">
              <TypeIcon type={backend.type} />
              <RowLink href={`/backends/${backend.id}?tab=connection`} className="truncate font-medium">
                {backend.name}
              </RowLink>
            </span>
            <span className="flex flex-wrap items-center gap-x-2">
              <Status {...connectionStatus(connection)} />
              {connection.since && <SinceTime at={connection.since} className="text-12 text-muted max-md:hidden" />}
            </span>
            {connection.message && (
              <p className="col-span-full break-words text-12 text-muted">
                {connection.message} <Advice>{connection.advice}</Advice>
              </p>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}
