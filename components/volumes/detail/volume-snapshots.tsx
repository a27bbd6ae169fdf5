'use client'

import { useQuery } from '@tanstack/react-query'
import { Camera, Ellipsis, GitBranch, History, Trash2 } from 'lucide-react'
import type { ReactNode } from 'react'
import { volumeSchedule } from '@/components/data/queries'
import { useMay } from '@/components/layout/person'
import { keptWords } from '@/components/snapshots/schedule-words'
import { VolumeSchedule } from '@/components/snapshots/volume-schedule'
import { Button, IconButton } from '@/components/ui/button'
import { Bytes } from '@/components/ui/bytes'
import { FactLine } from '@/components/ui/fact-line'
import { EmptyState } from '@/components/ui/feedback'
import { Menu, MenuItem, MenuSeparator } from '@/components/ui/menu'
import { RelativeTime } from '@/components/ui/relative-time'
import { Status } from '@/components/ui/status'
import type { AskedOfVolume } from '@/components/volumes/detail/volume-detail'
import { CONSISTENCY_WORDS } from '@/components/volumes/volume-words'
import type { SnapshotView, VolumeView } from '@/lib/volumes/schema'

interface Props {
  volume: VolumeView
  onAsk: (asked: AskedOfVolume) => void
}

function clonesOf({ children }: VolumeView, { id }: SnapshotView): string | null {
  const names = children.filter(({ snapshot_id }) => snapshot_id === id).map(({ volume_name }) => volume_name)
  return names.length === 0 ? null : names.join(', ')
}

function Facts({ volume, snapshot }: { volume: VolumeView; snapshot: SnapshotView }) {
  const clones = clonesOf(volume, snapshot)
  const { data: schedule } = useQuery(volumeSchedule(volume.id))
  const kept = keptWords(schedule?.kept.find(({ snapshot_id }) => snapshot_id === snapshot.id)?.for ?? [])
  const consistency = snapshot.consistency && CONSISTENCY_WORDS[snapshot.consistency]
  return (
    <FactLine>
      <span>
        taken <RelativeTime at={snapshot.created_at} />
        {snapshot.is_scheduled && ' by the schedule'}
      </span>
      {consistency && <span title={consistency.title}>{consistency.word}</span>}
      {kept}
      {snapshot.size_bytes !== null && (
        <>
          takes <Bytes value={snapshot.size_bytes} />
        </>
      )}
      {snapshot.volume_bytes !== null && snapshot.volume_bytes !== volume.size_bytes && (
        <>
          of a volume of <Bytes value={snapshot.volume_bytes} />
        </>
      )}
      {snapshot.expires_at && (
        <>
          deleted <RelativeTime at={snapshot.expires_at} />
        </>
      )}
      {clones && `${clones} was cloned from it`}
    </FactLine>
  )
}

function Line({ volume, snapshot, onAsk }: Props & { snapshot: SnapshotView }) {
  const canWrite = useMay('volumes.write')
  const { refuses } = volume
  return (
    <li className="flex items-center gap-x-3 px-4 py-2 text-13">
      <Camera aria-hidden className="size-4 shrink-0 text-muted" strokeWidth={1.75} />
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium">{snapshot.name}</span>
        <Facts volume={volume} snapshot={snapshot} />
      </span>
      {!snapshot.is_ready && <Status tone="working" word="Being taken" />}
      {canWrite && snapshot.is_ready && (
        <span className="flex shrink-0 items-center gap-1">
          <Button
            size="sm"
            icon={History}
            disabled={refuses.restore !== undefined}
            title={refuses.restore}
            onClick={() => onAsk({ dialog: 'restore', snapshot })}
          >
            Go back
          </Button>
          <Menu trigger={<IconButton icon={Ellipsis} label={`More actions for ${snapshot.name}`} />}>
            <MenuItem
              icon={GitBranch}
              disabled={refuses.clone !== undefined}
              onSelect={() => onAsk({ dialog: 'clone', snapshot })}
            >
              Clone
            </MenuItem>
            <MenuItem disabled={refuses.copy !== undefined} onSelect={() => onAsk({ dialog: 'copy', snapshot })}>
              Copy
            </MenuItem>
            <MenuSeparator />
            <MenuItem
              icon={Trash2}
              danger
              disabled={refuses.delete_snapshot !== undefined}
              onSelect={() => onAsk({ dialog: 'delete-snapshot', snapshot })}
            >
              Delete
            </MenuItem>
          </Menu>
        </span>
      )}
    </li>
  )
}

/** What the volume can go back to, newest first. */
export function VolumeSnapshots({ volume, onAsk }: Props) {
  const canWrite = useMay('volumes.write')
  const { refuses } = volume
  const take = canWrite && refuses.snapshot === undefined && (
    <Button icon={Camera} variant="primary" onClick={() => onAsk({ dialog: 'snapshot' })}>
      Take a snapshot
    </Button>
  )
  return (
    <div className="space-y-5">
      {volume.phase !== 'TRASHED' && <VolumeSchedule volume={volume} />}
      <SnapshotList volume={volume} take={take} onAsk={onAsk} />
    </div>
  )
}

function SnapshotList({ volume, take, onAsk }: Props & { take: ReactNode }) {
  const { snapshots, refuses } = volume
  if (snapshots.length === 0) {
    return (
      <EmptyState icon={Camera} title="No snapshots yet" action={take}>
        {refuses.snapshot ??
          'A snapshot is the volume at one moment: go back to it, or clone it. It takes room only for what is written afterwards.'}
      </EmptyState>
    )
  }
  return (
    <section className="panel" aria-label="Snapshots">
      <ul className="divide-y divide-line">
        {snapshots
          .toSorted((a, b) => b.created_at.localeCompare(a.created_at))
          .map((snapshot) => (
            <Line key={snapshot.id} volume={volume} snapshot={snapshot} onAsk={onAsk} />
          ))}
      </ul>
    </section>
  )
}
