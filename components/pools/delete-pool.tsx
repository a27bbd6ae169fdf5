'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { useState } from 'react'
import { ProblemNote } from '@/components/data/problem-note'
import { volumesOf } from '@/components/data/queries'
import { request, WATCHED } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { useMay } from '@/components/layout/person'
import { AbandonPool } from '@/components/pools/abandon-pool'
import { isOpenSomewhere } from '@/components/pools/pool-words'
import { Button } from '@/components/ui/button'
import { Bytes } from '@/components/ui/bytes'
import { AlertDialog } from '@/components/ui/dialog'
import { Skeleton } from '@/components/ui/feedback'
import type { PoolView } from '@/lib/pools/schema'

/** So many volumes are listed; their own list has all. */
const LISTED = 20

const CANNOT_BE_EMPTIED =
  'No host can use the pool now, so its volumes cannot be deleted. Mend its storage and reconnect it; an administrator abandons it when the storage is gone for good.'

function whatGoes({ hosts, mount_path, name }: PoolView): string {
  const where = hosts.length === 1 ? (hosts[0]?.host_name ?? '1 host') : `${hosts.length} hosts`
  const how = mount_path === null ? 'closed' : `unmounted from ${mount_path}`
  return `${name} is ${how} on ${where}, and its mark is taken off the storage. What others have put there stays.`
}

/** A pool goes only when nothing of ours is in it, the trash included. */
export function DeletePool({
  pool,
  onClose,
  onDeleted,
}: {
  pool: PoolView
  onClose: () => void
  onDeleted?: () => void
}) {
  const { data: volumes } = useQuery(volumesOf(pool.id))
  const remove = useAction<void, unknown>({
    run: () => request(`/api/v1/storage/pools/${pool.id}`, { method: 'DELETE', headers: WATCHED }),
    topics: ['pool', 'mount', 'operation'],
    done: () => `Deleting ${pool.name}`,
    quiet: true,
    onSuccess: () => {
      onClose()
      onDeleted?.()
    },
  })
  const [isAbandoning, setAbandoning] = useState(false)
  const mayAbandon = useMay('pools.abandon')
  const trashed = pool.trashed_count
  const held = Math.max(volumes?.data.length ?? 0, pool.volume_count) + trashed
  const isGone = held > 0 && !isOpenSomewhere(pool)
  if (isAbandoning) return <AbandonPool pool={pool} onClose={onClose} onGone={() => onDeleted?.()} />
  return (
    <AlertDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={held > 0 ? `${pool.name} holds volumes` : `Delete ${pool.name}?`}
      description={
        held > 0
          ? isGone
            ? CANNOT_BE_EMPTIED
            : 'Move these volumes to the trash and empty it first, so that nothing is lost by the way.'
          : whatGoes(pool)
      }
      footer={
        <>
          <Button onClick={onClose}>{held > 0 ? 'Close' : 'Keep it'}</Button>
          {isGone && mayAbandon && (
            <Button className="text-critical" onClick={() => setAbandoning(true)}>
              Abandon it
            </Button>
          )}
          {held === 0 && (
            <Button variant="danger" pending={remove.isPending} disabled={!volumes} onClick={() => remove.mutate()}>
              Delete pool
            </Button>
          )}
        </>
      }
    >
      {!volumes && <Skeleton className="mt-3 h-4 w-2/3" />}
      {volumes && volumes.data.length > 0 && (
        <ul className="mt-3 max-h-56 divide-y divide-line overflow-y-auto rounded-md border border-line text-13">
          {volumes.data.slice(0, LISTED).map((volume) => (
            <li key={volume.id} className="flex items-center justify-between gap-3 px-3 py-2">
              <Link
                href={`/volumes/${volume.id}`}
                prefetch={false}
                className="truncate font-medium text-accent hover:underline"
              >
                {volume.name}
              </Link>
              <Bytes value={volume.size_bytes} className="shrink-0 text-12 text-muted" />
            </li>
          ))}
        </ul>
      )}
      {trashed > 0 && (
        <p className="mt-3 text-13">
          <Link href={`/volumes/trash?pool=${encodeURIComponent(pool.name)}`} className="text-accent hover:underline">
            {trashed === 1 ? '1 volume' : `${trashed} volumes`} in the trash
          </Link>
        </p>
      )}
      {remove.isError && <ProblemNote error={remove.error} className="mt-3" />}
    </AlertDialog>
  )
}
