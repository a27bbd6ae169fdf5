'use client'

import Link from 'next/link'
import { saysTrouble } from '@/components/backends/detail/backend-overview'
import type { HostReach } from '@/components/backends/detail/reach'
import { Evidence } from '@/components/data/evidence'
import { Note } from '@/components/ui/feedback'
import { RelativeTime } from '@/components/ui/relative-time'
import { useUrlParameter } from '@/components/ui/use-url-parameter'
import type { BackendView } from '@/lib/backends/schema'
import { backendStatus } from '@/lib/backends/words'

/** What is wrong with a backend, everywhere but on a tab that shows it at length. */
export function TroubleNote({ backend, hosts }: { backend: BackendView; hosts: readonly HostReach[] }) {
  const [tab] = useUrlParameter('tab')
  const isCritical = backendStatus(backend.status).tone === 'critical'
  const isSaid = tab === '' || tab === 'overview' ? saysTrouble(backend, hosts) : tab === 'connection'
  if (!backend.status_error || !isCritical || isSaid) return null
  return (
    <Note kind="critical" title={backend.status_error} className="mb-5">
      {backend.status_explanation?.advice} Last checked <RelativeTime at={backend.status_at} />.{' '}
      <Link href={`/backends/${backend.id}`} className="underline">
        See which hosts reach it, and its test
      </Link>
      <Evidence explanation={backend.status_explanation} className="mt-1" />
    </Note>
  )
}
