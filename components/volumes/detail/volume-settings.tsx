'use client'

import { Pencil } from 'lucide-react'
import { BackendType } from '@/components/backends/backend-type'
import { ActionRows } from '@/components/layout/action-rows'
import { useMay } from '@/components/layout/person'
import { Button } from '@/components/ui/button'
import { Bytes } from '@/components/ui/bytes'
import { Mono } from '@/components/ui/code-block'
import { Facts, Panel } from '@/components/ui/feedback'
import { RelativeTime } from '@/components/ui/relative-time'
import { accessWords } from '@/components/volumes/access-words'
import type { AskedOfVolume } from '@/components/volumes/detail/volume-detail'
import type { useTrash } from '@/components/volumes/use-trash'
import { PROVISIONING_WORDS } from '@/components/volumes/volume-words'
import type { VolumeAction, VolumeView } from '@/lib/volumes/schema'

interface Props {
  volume: VolumeView
  trash: ReturnType<typeof useTrash>
  onAsk: (asked: AskedOfVolume) => void
}

/** What it is, and what can be done with it, each with what comes of it, or why it cannot be done now. */
export function VolumeSettings({ volume, trash, onAsk }: Props) {
  const canWrite = useMay('volumes.write')
  const mayPurge = useMay('volumes.purge')
  const isTrashed = volume.phase === 'TRASHED'
  const row = (title: string, act: VolumeAction, text: string, label: string, run: () => void, isDanger = false) =>
    canWrite && {
      title,
      text: volume.refuses[act] ?? text,
      button: (
        <Button
          {...(isDanger ? { className: 'text-critical' } : {})}
          disabled={volume.refuses[act] !== undefined}
          onClick={run}
        >
          {label}
        </Button>
      ),
    }
  const ask = (dialog: AskedOfVolume['dialog']) => () => onAsk({ dialog })
  return (
    <div className="space-y-5">
      <div className="grid gap-5 lg:grid-cols-2">
        <Panel
          title="Settings"
          action={
            canWrite &&
            !isTrashed && (
              <Button size="sm" icon={Pencil} onClick={ask('rename')}>
                Edit
              </Button>
            )
          }
        >
          <Facts
            items={[
              ['Name', volume.name],
              ['Access', `${accessWords(volume.access_mode)} (${volume.access_mode})`],
              ['Size', <Bytes key="size" value={volume.size_bytes} />],
              ['Format', volume.format],
              ['Room', PROVISIONING_WORDS[volume.provisioning].title],
            ]}
          />
        </Panel>
        <Panel title="About">
          <Facts
            items={[
              ['Type', <BackendType key="type" type={volume.type} />],
              ['Worked on by', volume.host_name ?? 'no host yet'],
              ['Created', <RelativeTime key="created" at={volume.created_at} />],
              ['Seen', <RelativeTime key="seen" at={volume.observed_at} />],
              ['Id', <Mono key="id" text={volume.id} copy />],
            ]}
          />
        </Panel>
      </div>
      <ActionRows
        title="Actions"
        rows={
          isTrashed
            ? [
                row('Take it back', 'untrash', 'It is as it was before it was deleted.', 'Take back', () =>
                  trash.takeBack(volume),
                ),
                mayPurge &&
                  row(
                    'Delete it for good',
                    'purge',
                    'Its data is lost, and its room is free.',
                    'Delete for good',
                    ask('purge'),
                    true,
                  ),
              ]
            : [
                row('Grow it', 'resize', 'The disk becomes larger. It never shrinks.', 'Grow', ask('grow')),
                row('Clone it', 'clone', 'A second one at once, that shares with this one.', 'Clone', ask('clone')),
                row(
                  'Copy it',
                  'copy',
                  'A second one with bytes of its own, here or in another pool.',
                  'Copy',
                  ask('copy'),
                ),
                row(
                  'Move it to another pool',
                  'move',
                  'Copied there and compared; what it was goes into the trash.',
                  'Move',
                  ask('move'),
                ),
                volume.parent !== null &&
                  row('Flatten it', 'flatten', 'It needs what it was cloned from no more.', 'Flatten', ask('flatten')),
                row(
                  'Move it to the trash',
                  'trash',
                  'It can come back for as long as its pool says, with its snapshots.',
                  'Move to the trash',
                  () => trash.trash(volume),
                  true,
                ),
              ]
        }
      />
    </div>
  )
}
