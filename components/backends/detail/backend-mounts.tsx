'use client'

import { Waypoints } from 'lucide-react'
import { useMay } from '@/components/layout/person'
import { SeenLast } from '@/components/mounts/seen-last'
import { ButtonLink } from '@/components/ui/button'
import { Mono } from '@/components/ui/code-block'
import { EmptyState } from '@/components/ui/feedback'
import { RowLink } from '@/components/ui/row-link'
import { Status } from '@/components/ui/status'
import type { BackendView } from '@/lib/backends/schema'
import type { MountView } from '@/lib/mounts/schema'
import { wordOfMount } from '@/lib/mounts/state'

/** Where the backend is mounted. */
export function BackendMounts({ backend, mounts }: { backend: BackendView; mounts: MountView[] }) {
  const canWrite = useMay('mounts.write')
  if (mounts.length === 0) {
    return (
      <EmptyState
        icon={Waypoints}
        title="Not mounted anywhere yet"
        action={
          canWrite && (
            <ButtonLink href={`/mounts/new?backend=${backend.id}`} variant="primary" icon={Waypoints}>
              Mount it
            </ButtonLink>
          )
        }
      >
        A mount puts this backend at a path on one host or on many.
      </EmptyState>
    )
  }
  return (
    <ul className="panel divide-y divide-line">
      {mounts.map((mount) => (
        <li
          key={mount.id}
          className="relative flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2.5 text-13 hover:bg-hover"
        >
          <RowLink href={`/mounts/${mount.id}`} className="min-w-0 truncate font-medium max-md:flex-1">
            {mount.name}
          </RowLink>
          <span className="flex min-w-0 flex-1 text-muted max-md:order-1 max-md:basis-full">
            <Mono text={mount.mount_point} copy />
          </span>
          <span className="text-12 text-muted max-md:order-1">
            {mount.hosts.length === 1 ? mount.hosts[0]?.host_name : `${mount.hosts.length} hosts`}
          </span>
          <Status {...wordOfMount(mount)} />
          <SeenLast hosts={mount.hosts} />
        </li>
      ))}
    </ul>
  )
}
