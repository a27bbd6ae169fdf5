'use client'

import { Pencil } from 'lucide-react'
import Link from 'next/link'
import { BackendType } from '@/components/backends/backend-type'
import type { FormSpec } from '@/components/forms/form-spec'
import { ActionRows } from '@/components/layout/action-rows'
import { useMay } from '@/components/layout/person'
import { targetWords } from '@/components/mounts/detail/mount-words'
import type { PoolDialog } from '@/components/pools/pool-dialogs'
import { isOpenSomewhere, sharingWords } from '@/components/pools/pool-words'
import type { usePoolActions } from '@/components/pools/use-pool-actions'
import { PoolSchedule } from '@/components/snapshots/pool-schedule'
import { Button } from '@/components/ui/button'
import { Bytes } from '@/components/ui/bytes'
import { Mono } from '@/components/ui/code-block'
import { Facts, Panel } from '@/components/ui/feedback'
import { RelativeTime } from '@/components/ui/relative-time'
import type { PoolView } from '@/lib/pools/schema'

interface Props {
  pool: PoolView
  form: FormSpec | undefined
  actions: ReturnType<typeof usePoolActions>
  onOpen: (dialog: PoolDialog) => void
}

/** What the engine was told, in the words of its form. */
function engineFacts({ settings }: PoolView, form: FormSpec | undefined): [string, string][] {
  return Object.entries(form?.fields ?? {}).flatMap(([key, { label, choices }]): [string, string][] => {
    const value = settings[key]
    return value === undefined || value === null ? [] : [[label, choices?.[String(value)] ?? String(value)]]
  })
}

function Settings({ pool, form, onOpen }: Omit<Props, 'actions'>) {
  const canWrite = useMay('pools.write')
  const { overcommit_limit: overcommit, max_volume_bytes: largest, trash_days: days } = pool
  return (
    <Panel
      title="Settings"
      action={
        canWrite && (
          <Button size="sm" icon={Pencil} disabled={pool.phase === 'DELETING'} onClick={() => onOpen('edit')}>
            Edit
          </Button>
        )
      }
    >
      <Facts
        items={[
          ['Hosts', targetWords(pool)],
          ['Overcommit limit', overcommit === null ? 'None' : `${overcommit}× of what there is`],
          ['Largest volume', largest === null ? 'No limit' : <Bytes key="largest" value={largest} />],
          ['Trash', days === 0 ? 'Emptied at once' : `${days} ${days === 1 ? 'day' : 'days'}`],
          ['Maintenance', pool.maintenance ? 'On: no new volumes' : 'Off'],
          ...engineFacts(pool, form),
        ]}
      />
    </Panel>
  )
}

/** What is wanted of the pool, and what can be done with it for good. */
export function PoolSettings(props: Props) {
  const { pool, actions, onOpen } = props
  const canWrite = useMay('pools.write')
  const mayAbandon = useMay('pools.abandon')
  const isGoing = pool.phase === 'DELETING'
  return (
    <div className="space-y-5">
      <div className="grid gap-5 lg:grid-cols-2">
        <Settings {...props} />
        <Panel title="About">
          <Facts
            items={[
              ['Type', <BackendType key="type" type={pool.type} />],
              ['Content', sharingWords(pool.sharing)],
              ...(pool.mount_id === null
                ? []
                : [
                    [
                      'Mount',
                      <Link key="mount" href={`/mounts/${pool.mount_id}`} className="text-accent hover:underline">
                        Its own mount
                      </Link>,
                    ] as const,
                  ]),
              ...(pool.keeper === null ? [] : ([['Keeper', pool.keeper.name]] as const)),
              ['Created', <RelativeTime key="created" at={pool.created_at} />],
              ['Last changed', <RelativeTime key="changed" at={pool.updated_at} />],
              ['Id', <Mono key="id" text={pool.id} copy />],
            ]}
          />
        </Panel>
        <PoolSchedule pool={pool} />
      </div>
      <ActionRows
        title="Actions"
        rows={[
          canWrite && {
            title: pool.maintenance ? 'End maintenance' : 'Begin maintenance',
            text: pool.maintenance
              ? 'It takes new volumes again, and machines may use what is in it.'
              : 'It takes no new volumes, and nothing is attached anew. What is in use goes on.',
            button: (
              <Button
                pending={actions.isSettingMaintenance}
                disabled={isGoing}
                onClick={() => actions.setMaintenance(pool)}
              >
                {pool.maintenance ? 'End maintenance' : 'Begin maintenance'}
              </Button>
            ),
          },
          canWrite && {
            title: 'Delete this pool',
            text: 'It is closed on every host and forgotten. It has to be empty first, the trash too; what others have put there stays.',
            button: (
              <Button className="text-critical" disabled={isGoing} onClick={() => onOpen('delete')}>
                Delete
              </Button>
            ),
          },
          // One that can be used is emptied and deleted instead.
          mayAbandon &&
            !isOpenSomewhere(pool) && {
              title: 'Abandon this pool',
              text: 'For when its storage is gone for good: it is forgotten with all that was in it, and what is left there is not touched.',
              button: (
                <Button className="text-critical" onClick={() => onOpen('abandon')}>
                  Abandon
                </Button>
              ),
            },
        ]}
      />
    </div>
  )
}
