'use client'

import { useQuery } from '@tanstack/react-query'
import { RefreshCw } from 'lucide-react'
import Link from 'next/link'
import { Advice } from '@/components/data/advice'
import { useMay } from '@/components/layout/person'
import { LAYER_WORDS, type ReachCell, wordWithLayer } from '@/components/reachability/reach-model'
import { reachOfBackend } from '@/components/reachability/reach-queries'
import { useChecks } from '@/components/reachability/use-checks'
import { Button } from '@/components/ui/button'
import { cn } from '@/components/ui/cn'
import { Dialog } from '@/components/ui/dialog'
import { RelativeTime, SinceTime } from '@/components/ui/relative-time'
import { Status, StatusShape } from '@/components/ui/status'
import type { CheckedLayer } from '@/lib/reachability/layers'
import type { Tone } from '@/lib/tones'
import { formatDuration } from '@/lib/units'

const TONES: Record<CheckedLayer['status'], Tone> = {
  passed: 'healthy',
  failed: 'critical',
  warning: 'warning',
  skipped: 'off',
}

/** Layer by layer, up to the first that failed. */
export function Layers({ layers }: { layers: readonly CheckedLayer[] }) {
  return (
    <ol aria-label="Layers" className="divide-y divide-line rounded-md border border-line">
      {layers.map(({ id, status, duration_ms: ms }) => (
        <li key={id} className="flex items-center gap-2.5 px-3 py-1.5 text-13">
          <StatusShape tone={TONES[status]} title={status} />
          <span className={cn('flex-1', status === 'failed' && 'font-medium', status === 'skipped' && 'text-muted')}>
            {LAYER_WORDS[id]}
          </span>
          <span className="tabular text-12 text-muted">
            {status === 'skipped' ? 'skipped' : ms !== null && formatDuration(ms)}
          </span>
        </li>
      ))}
    </ol>
  )
}

/** What the last check has found, and the next one. */
export function ReachDialog({ cell, onClose }: { cell: ReachCell; onClose: () => void }) {
  const { host, backend, status } = cell
  const canTest = useMay('backends.test')
  const checks = useChecks()
  const { data } = useQuery(reachOfBackend(backend.id))
  const found = data?.data.find((one) => one.host.id === host.id)
  const waits = found?.waits ?? cell.waits
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      size="sm"
      title={
        <>
          <Link href={`/backends/${backend.id}`} prefetch={false} className="hover:underline">
            {backend.name}
          </Link>{' '}
          <span className="font-normal text-muted">from</span>{' '}
          <Link href={`/hosts/${host.id}`} prefetch={false} className="hover:underline">
            {host.name}
          </Link>
        </>
      }
      {...(canTest
        ? {
            footer: (
              <Button
                icon={RefreshCw}
                pending={checks.isPending}
                onClick={() => checks.mutate({ backend_ids: [backend.id], host_ids: [host.id] })}
              >
                Check again
              </Button>
            ),
          }
        : {})}
    >
      <div className="space-y-3 text-13">
        <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
          <Status tone={status.tone} word={wordWithLayer(cell)} className="font-medium" />
          {cell.since && <SinceTime at={cell.since} className="text-12 text-muted" />}
        </div>
        {cell.message && (
          <div className="rounded-md bg-sunken px-2.5 py-2">
            <p className="break-words">{cell.message}</p>
            {cell.advice && (
              <p className="mt-1 break-words text-muted">
                <Advice>{cell.advice}</Advice>
              </p>
            )}
          </div>
        )}
        {found && found.layers.length > 0 && <Layers layers={found.layers} />}
        <p className="text-12 text-muted">
          {cell.checkedAt === null ? (
            'Not checked yet.'
          ) : (
            <>
              Checked <RelativeTime at={cell.checkedAt} />.
            </>
          )}
          {waits && (host.status === 'online' ? ' A check is on its way.' : ' A check waits for the host to answer.')}
          {!cell.used && ' It is not mounted on this host.'}
        </p>
      </div>
    </Dialog>
  )
}
