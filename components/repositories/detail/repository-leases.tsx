'use client'

import { useQuery } from '@tanstack/react-query'
import { usePollInterval } from '@/components/data/live'
import { leasesOf } from '@/components/data/queries'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { useMay } from '@/components/layout/person'
import { Button } from '@/components/ui/button'
import { Bytes } from '@/components/ui/bytes'
import { RelativeTime } from '@/components/ui/relative-time'
import { Status } from '@/components/ui/status'
import type { LeaseView } from '@/lib/repositories/schema'
import { isLeaseHeld, wordOfLease } from '@/lib/repositories/state'

function Lease({ lease }: { lease: LeaseView }) {
  const isAdmin = useMay('repositories.admin')
  const end = useAction<void, LeaseView>({
    run: () => requestOne(`/api/v1/repositories/${lease.repository_id}/leases/${lease.id}`, { method: 'DELETE' }),
    topics: ['repository'],
    done: () => `The lease of ${lease.program} has ended`,
  })
  const isHeld = isLeaseHeld(lease)
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2.5 text-13">
      <span className="min-w-0 flex-1 basis-56">
        <span className="font-medium">{lease.program}</span>
        {lease.job && <span className="text-muted"> · {lease.job}</span>}
        <span className="block text-12 text-muted">
          {lease.host_name && `on ${lease.host_name}, `}by {lease.started_by}, began{' '}
          <RelativeTime at={lease.started_at} />
          {lease.note && `: ${lease.note}`}
        </span>
      </span>
      {isHeld && lease.reserved_bytes !== null && lease.reserved_bytes > 0 && (
        <span className="text-12 text-muted">
          <Bytes value={lease.reserved_bytes} /> reserved
        </span>
      )}
      <span className="flex flex-wrap items-center gap-x-2">
        <Status {...wordOfLease(lease)} />
        <span className="text-12 text-muted">
          {isHeld ? 'heard ' : ''}
          <RelativeTime at={isHeld ? lease.heartbeat_at : lease.ends_at} />
        </span>
      </span>
      {isHeld && isAdmin && (
        <Button
          size="sm"
          pending={end.isPending}
          onClick={() => end.mutate()}
          title="For a program that is dead"
          aria-label={`End the lease of ${lease.program}`}
        >
          End
        </Button>
      )}
    </li>
  )
}

/** Backup programs that work there, and those that have, newest first. */
export function RepositoryLeases({ id }: { id: string }) {
  const { data, error } = useQuery({ ...leasesOf(id), refetchInterval: usePollInterval() })
  const leases = data?.data
  return (
    <section className="panel" aria-label="Backup programs">
      {leases === undefined ? (
        <p className="px-4 py-3 text-13 text-muted">
          {error === null ? 'Asking who works here …' : `It is not known who works here. ${error.message}`}
        </p>
      ) : leases.length === 0 ? (
        <p className="px-4 py-3 text-13 text-muted">
          No backup program has said that it works here. A program says so over the API (a lease), and the repository is
          not unmounted until it has finished.
        </p>
      ) : (
        <ul className="divide-y divide-line">
          {leases.map((lease) => (
            <Lease key={lease.id} lease={lease} />
          ))}
        </ul>
      )}
    </section>
  )
}
