'use client'

import { useQuery } from '@tanstack/react-query'
import { File, FileQuestion, Folder, HardDrive, type LucideIcon, ShieldCheck } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { usePollInterval } from '@/components/data/live'
import { ProblemNote } from '@/components/data/problem-note'
import { poolForeign } from '@/components/data/queries'
import { useMay } from '@/components/layout/person'
import { Button } from '@/components/ui/button'
import { Bytes } from '@/components/ui/bytes'
import { EmptyState, Skeleton } from '@/components/ui/feedback'
import { Badge } from '@/components/ui/status'
import type { ForeignView, PoolView } from '@/lib/pools/schema'

const CreateVolume = dynamic(
  () => import('@/components/volumes/forms/create-volume').then((module) => module.CreateVolume),
  { ssr: false },
)

const ICONS: Record<ForeignView['kind'], LucideIcon> = {
  file: File,
  directory: Folder,
  volume: HardDrive,
  other: FileQuestion,
}

function Line({ item, hasHosts, onUse }: { item: ForeignView; hasHosts: boolean; onUse: (() => void) | null }) {
  const Icon = ICONS[item.kind]
  return (
    <li className="flex flex-wrap items-center gap-x-3 px-4 py-1.5 text-13 sm:min-h-10">
      <Icon aria-hidden className="size-4 shrink-0 text-muted" strokeWidth={1.75} />
      <span className="min-w-0 flex-1 truncate font-mono text-12" title={item.name}>
        {item.name}
      </span>
      {/* On a phone below the name, which would have no room beside them. */}
      <span className="flex min-w-0 items-center gap-x-3 text-12 text-muted max-sm:order-last max-sm:w-full max-sm:pl-7">
        {item.format && <Badge mono>{item.format}</Badge>}
        {hasHosts && <span className="truncate">{item.host_name}</span>}
        <Bytes value={item.bytes} className="sm:w-20 sm:text-right" />
      </span>
      <span className="flex justify-end sm:w-28">
        {onUse && item.is_image && (
          <Button size="sm" onClick={onUse}>
            Make a volume
          </Button>
        )}
      </span>
    </li>
  )
}

/** What others have put there: shown, usable as the source of a volume, never changed. */
export function PoolForeign({ pool }: { pool: PoolView }) {
  const { data, error } = useQuery({ ...poolForeign(pool.id), refetchInterval: usePollInterval() })
  const canMake = useMay('volumes.write') && !pool.maintenance
  const [used, setUsed] = useState<ForeignView | null>(null)
  if (error) return <ProblemNote error={error} />
  if (!data) return <Skeleton className="h-24 w-full" />
  if (data.data.length === 0) {
    return (
      <EmptyState icon={ShieldCheck} title="Nothing foreign">
        {pool.foreign_count === null
          ? 'No host has looked yet.'
          : 'Only what Holdfast has made lies in this pool. Files, images and logical volumes of others would be listed here, and are never changed or deleted.'}
      </EmptyState>
    )
  }
  const hidden = (pool.foreign_count ?? 0) - data.data.length
  return (
    <section className="panel" aria-label="Foreign content">
      <p className="border-b border-line px-4 py-2.5 text-12 text-muted">
        Others have put this here. Holdfast never changes or deletes it; an image can become a volume.
      </p>
      <ul className="divide-y divide-line">
        {data.data.map((item) => (
          <Line
            key={`${item.host_id} ${item.name}`}
            item={item}
            hasHosts={pool.sharing === 'own' && pool.hosts.length > 1}
            onUse={canMake ? () => setUsed(item) : null}
          />
        ))}
      </ul>
      {hidden > 0 && (
        <p className="border-t border-line px-4 py-2.5 text-12 text-muted">And {hidden} more that are not listed.</p>
      )}
      {used && (
        <CreateVolume
          pools={[pool]}
          preset={pool.id}
          from={{ mode: 'foreign', item: used }}
          onClose={() => setUsed(null)}
        />
      )}
    </section>
  )
}
