'use client'

import { HardDrive } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { useMay } from '@/components/layout/person'
import { Button } from '@/components/ui/button'
import { Bytes } from '@/components/ui/bytes'
import { FactLine } from '@/components/ui/fact-line'
import { RelativeTime } from '@/components/ui/relative-time'
import { Status } from '@/components/ui/status'
import type { UnknownVolumeView } from '@/lib/volumes/unknown/schema'

const TakeInVolume = dynamic(
  () => import('@/components/volumes/forms/take-in-volume').then((module) => module.TakeInVolume),
  { ssr: false },
)
const DropUnknown = dynamic(
  () => import('@/components/volumes/forms/drop-unknown').then((module) => module.DropUnknown),
  { ssr: false },
)

type Asked = { act: 'take' | 'drop'; volume: UnknownVolumeView }

function About({ volume }: { volume: UnknownVolumeView }) {
  const { parent, snapshot_count: snapshots, created_at: made } = volume
  return (
    <FactLine>
      {volume.format ?? 'format unknown'}
      <Bytes value={volume.size_bytes} />
      {snapshots > 0 && (snapshots === 1 ? '1 snapshot' : `${snapshots} snapshots`)}
      {parent && `needs ${parent.volume_name ?? parent.volume_id}`}
      {made && (
        <>
          made <RelativeTime at={made} />
        </>
      )}
      {`seen by ${volume.host_name}`}
    </FactLine>
  )
}

function Line({ volume, onAsk }: { volume: UnknownVolumeView; onAsk: (asked: Asked) => void }) {
  const canWrite = useMay('volumes.write')
  const mayPurge = useMay('volumes.purge')
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-2 text-13">
      <HardDrive aria-hidden className="size-4 shrink-0 text-muted" strokeWidth={1.75} />
      <span className="min-w-0 flex-1 basis-60">
        <span className="block truncate font-mono text-12">{volume.id}</span>
        <About volume={volume} />
        {volume.error && <span className="block text-12 text-critical">{volume.error}</span>}
      </span>
      {volume.state === 'trashed' && <Status tone="off" word="In the trash" />}
      {volume.state === 'broken' && <Status tone="critical" word="Broken" />}
      <span className="flex shrink-0 items-center gap-1">
        {canWrite && (
          <Button size="sm" onClick={() => onAsk({ act: 'take', volume })}>
            Take in
          </Button>
        )}
        {mayPurge && (
          <Button size="sm" className="text-critical" onClick={() => onAsk({ act: 'drop', volume })}>
            Delete
          </Button>
        )}
      </span>
    </li>
  )
}

/** Volumes of ours that no row is about. They keep their pool from being deleted until somebody decides. */
export function PoolUnknown({ volumes }: { volumes: readonly UnknownVolumeView[] }) {
  const [asked, setAsked] = useState<Asked | null>(null)
  return (
    <section className="panel" aria-label="Unknown volumes">
      <p className="border-b border-line px-4 py-2.5 text-12 text-muted">
        These volumes have the mark of Holdfast, and this installation does not know them: its database is older than
        they are. Take them in under names, or delete them.
      </p>
      <ul className="divide-y divide-line">
        {volumes.map((volume) => (
          <Line key={volume.id} volume={volume} onAsk={setAsked} />
        ))}
      </ul>
      {asked?.act === 'take' && <TakeInVolume volume={asked.volume} onClose={() => setAsked(null)} />}
      {asked?.act === 'drop' && <DropUnknown volume={asked.volume} onClose={() => setAsked(null)} />}
    </section>
  )
}
