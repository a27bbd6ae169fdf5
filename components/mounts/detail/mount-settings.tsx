'use client'

import { Pencil } from 'lucide-react'
import { BackendType } from '@/components/backends/backend-type'
import { ActionRows } from '@/components/layout/action-rows'
import { useMay } from '@/components/layout/person'
import type { MountDialog } from '@/components/mounts/detail/mount-actions'
import { targetWords } from '@/components/mounts/detail/mount-words'
import { driftWord } from '@/components/mounts/drift-words'
import { Button } from '@/components/ui/button'
import { Mono } from '@/components/ui/code-block'
import { Facts, Panel } from '@/components/ui/feedback'
import { RelativeTime } from '@/components/ui/relative-time'
import type { MountView } from '@/lib/mounts/schema'

interface Props {
  mount: MountView
  onOpen: (dialog: MountDialog) => void
}

/** What is a pool's own is changed and deleted with the pool. */
function useMayChange({ pool }: MountView): boolean {
  return useMay('mounts.write') && pool === null
}

function Settings({ mount, onOpen }: Props) {
  const canWrite = useMayChange(mount)
  return (
    <Panel
      title="Settings"
      action={
        canWrite && (
          <Button size="sm" icon={Pencil} disabled={mount.removing} onClick={() => onOpen('edit')}>
            Edit
          </Button>
        )
      }
    >
      <Facts
        items={[
          ['Mount point', <Mono key="path" text={mount.mount_point} copy />],
          ['Hosts', targetWords(mount)],
          ['Access', mount.read_only ? 'Read only' : 'Read and write'],
          ['Changed on a host', driftWord(mount.on_drift)],
          ['At boot', mount.auto_mount ? 'Mounted by the host itself' : 'Not mounted'],
          ['Options', <Mono key="options" text={mount.asked_options} copy />],
        ]}
      />
    </Panel>
  )
}

/** What is wanted of the mount, and what can be done with it for good. */
export function MountSettings({ mount, onOpen }: Props) {
  const canWrite = useMayChange(mount)
  return (
    <div className="space-y-5">
      <div className="grid items-start gap-5 lg:grid-cols-2">
        <Settings mount={mount} onOpen={onOpen} />
        <Panel title="About">
          <Facts
            items={[
              ['Type', <BackendType key="type" type={mount.type} />],
              ['Source', <Mono key="source" text={mount.source} copy />],
              ['Created', <RelativeTime key="created" at={mount.created_at} />],
              ['Last changed', <RelativeTime key="changed" at={mount.updated_at} />],
              ['Id', <Mono key="id" text={mount.id} copy />],
            ]}
          />
        </Panel>
      </div>
      <ActionRows
        title="Actions"
        rows={[
          canWrite && {
            title: 'Duplicate this mount',
            text: 'A second one for the same hosts. It is only written down; nothing is mounted.',
            button: <Button onClick={() => onOpen('duplicate')}>Duplicate</Button>,
          },
          canWrite &&
            mount.desired_state === 'mounted' && {
              title: 'Unmount everywhere',
              text: 'Programs that use it lose it. What is wanted is kept: it can be mounted again.',
              button: (
                <Button disabled={mount.removing} onClick={() => onOpen('unmount')}>
                  Unmount
                </Button>
              ),
            },
          canWrite && {
            title: 'Delete this mount',
            text: 'It is unmounted on every host and forgotten. Files on the storage stay.',
            button: (
              <Button className="text-critical" disabled={mount.removing} onClick={() => onOpen('delete')}>
                Delete
              </Button>
            ),
          },
        ]}
      />
    </div>
  )
}
