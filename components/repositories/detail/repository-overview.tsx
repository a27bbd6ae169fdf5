'use client'

import Link from 'next/link'
import { BackendLink } from '@/components/backends/backend-link'
import { Summary } from '@/components/layout/summary'
import { repositorySpace } from '@/components/repositories/repository-words'
import { Bytes, Capacity } from '@/components/ui/bytes'
import { Panel } from '@/components/ui/feedback'
import { FreeSpace } from '@/components/ui/free-space'
import { RelativeTime } from '@/components/ui/relative-time'
import { Status } from '@/components/ui/status'
import type { RepositoryView } from '@/lib/repositories/schema'

function Used({ repository }: { repository: RepositoryView }) {
  const { total_size_bytes: total, available_size_bytes: available, last_check_at: at } = repository
  if (total === null) {
    return (
      <span className="text-muted">
        {repository.mount_id === null ? 'A bucket has no size that could be asked for.' : 'Not measured yet.'}
      </span>
    )
  }
  return (
    <div className="w-full">
      <Capacity space={repositorySpace(repository)} withPercent />
      <FreeSpace available={available} at={at} />
    </div>
  )
}

function NewBackups({ repository }: { repository: RepositoryView }) {
  const { full, takes_backups: takes, disable_at_percent: at } = repository
  return (
    <div>
      {takes ? 'Taken' : 'Not taken'}
      <p className="mt-0.5 text-12 text-muted">
        {full === null ? (
          `until ${at} % are in use`
        ) : (
          <>
            too full since <RelativeTime at={full.since} />
            {full.allowed_at !== null && ', allowed by an administrator'}
          </>
        )}
      </p>
    </div>
  )
}

/** How full it is, whether it takes backups, and how it stands on every host. */
export function RepositoryOverview({ repository }: { repository: RepositoryView }) {
  return (
    <div className="space-y-5">
      <Summary
        items={[
          { label: 'Used', value: <Used repository={repository} />, isWide: true },
          { label: 'New backups', value: <NewBackups repository={repository} /> },
          { label: 'Reserved', value: <Bytes value={repository.reserved_bytes} /> },
          { label: 'Programs now', value: <span className="tabular">{repository.lease_count}</span> },
          {
            label: 'Backend',
            value: (
              <BackendLink
                id={repository.backend_id}
                name={repository.backend_name}
                type={repository.repository_type}
              />
            ),
          },
        ]}
      />
      <Panel title="Hosts" flush>
        {repository.hosts.length === 0 && <p className="px-4 py-3 text-13 text-muted">No host has it yet.</p>}
        <ul className="divide-y divide-line">
          {repository.hosts.map((host) => (
            <li key={host.host_id} className="px-4 py-2.5 text-13">
              <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
                <Link href={`/hosts/${host.host_id}`} prefetch={false} className="font-medium hover:underline">
                  {host.host_name}
                </Link>
                <Status tone={host.tone} word={host.word} />
              </div>
              {host.error && (
                <p className="mt-1 break-words text-muted">
                  {host.error} {host.advice}
                </p>
              )}
            </li>
          ))}
        </ul>
      </Panel>
    </div>
  )
}
