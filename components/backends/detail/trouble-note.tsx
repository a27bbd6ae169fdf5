'use client'

import Link from 'next/link'
import { backendStatus } from '@/components/backends/status'
import { Evidence } from '@/components/data/evidence'
import { Note } from '@/components/ui/feedback'
import { RelativeTime } from '@/components/ui/relative-time'
import { useUrlParameter } from '@/components/ui/use-url-parameter'
import type { BackendView } from '@/lib/backends/schema'

/** What is wrong with a backend, everywhere but on the tab that shows it at length. */
export function TroubleNote({ backend }: { backend: BackendView }) {
  const [tab] = useUrlParameter('tab')
  const cause = backend.connections.some((connection) => connection.state === 'error') ? 'connection' : 'test'
  if (!backend.status_error || backendStatus(backend.status).tone !== 'critical' || tab === cause) return null
  return (
    <Note kind="critical" title={backend.status_error} className="mb-5">
      {backend.status_explanation?.advice} Last checked <RelativeTime at={backend.status_at} />.{' '}
      <Link href={`/backends/${backend.id}?tab=${cause}`} className="underline">
        {cause === 'test' ? 'See which step of its test fails' : 'See where it is connected'}
      </Link>
      <Evidence explanation={backend.status_explanation} className="mt-1" />
    </Note>
  )
}
