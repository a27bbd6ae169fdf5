'use client'

import { request } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { ConfirmByName } from '@/components/forms/confirm-by-name'
import type { PoolView } from '@/lib/pools/schema'
import { formatBytes } from '@/lib/units'

/** What is forgotten, in sentences. */
function abandonWords({ name, volume_count, trashed_count, provisioned_bytes }: PoolView): string {
  const count = volume_count + trashed_count
  const volumes = count === 1 ? 'its one volume' : `its ${count} volumes`
  const what = count === 0 ? '' : `, with ${volumes} of ${formatBytes(provisioned_bytes)} and their snapshots`
  return `Holdfast forgets ${name}${what}. What is left of it on the storage is not touched, and nobody looks after it any more. Do this only when the storage never comes back.`
}

/** For a pool whose storage is gone for good: it asks for the name, since nothing brings back what is forgotten. */
export function AbandonPool({ pool, onClose, onGone }: { pool: PoolView; onClose: () => void; onGone: () => void }) {
  const abandon = useAction<void, { message?: string }>({
    run: () => request(`/api/v1/storage/pools/${pool.id}/abandon`, { method: 'POST', body: { name: pool.name } }),
    topics: ['pool', 'mount', 'volume', 'operation'],
    quiet: true,
    done: ({ message }) => message ?? `Abandoned ${pool.name}`,
    onSuccess: () => {
      onClose()
      onGone()
    },
  })
  return (
    <ConfirmByName
      name={pool.name}
      title={`Abandon ${pool.name}?`}
      description={abandonWords(pool)}
      label="Abandon"
      verb="abandon"
      action={abandon}
      onClose={onClose}
    />
  )
}
