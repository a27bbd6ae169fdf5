'use client'

import { useQuery } from '@tanstack/react-query'
import { Ellipsis, Plus, RefreshCw, Trash2, Unplug, Waypoints } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useMemo, useState } from 'react'
import { BackendType, typeFacet } from '@/components/backends/backend-type'
import { usePollInterval } from '@/components/data/live'
import { mountList } from '@/components/data/queries'
import { useMay, useStorageTypes } from '@/components/layout/person'
import { HostMarks } from '@/components/mounts/list/host-marks'
import type { ReviewedVerb } from '@/components/mounts/mount-dialogs'
import { mountStatus, verbFor } from '@/components/mounts/status'
import { useSync } from '@/components/mounts/use-sync'
import { Button, ButtonLink, IconButton } from '@/components/ui/button'
import { Mono } from '@/components/ui/code-block'
import { EmptyState } from '@/components/ui/feedback'
import { Menu, MenuItem, MenuSeparator } from '@/components/ui/menu'
import { Status, TONE_ORDER } from '@/components/ui/status'
import { DataTable } from '@/components/ui/table/data-table'

const DeleteMount = dynamic(() => import('@/components/mounts/mount-dialogs').then((module) => module.DeleteMount), {
  ssr: false,
})
const ActOnMount = dynamic(() => import('@/components/mounts/mount-dialogs').then((module) => module.ActOnMount), {
  ssr: false,
})
const ActOnMounts = dynamic(() => import('@/components/mounts/mount-dialogs').then((module) => module.ActOnMounts), {
  ssr: false,
})

import { RowLink } from '@/components/ui/row-link'
import type { Column, Facet } from '@/components/ui/table/table-model'
import type { MountView } from '@/lib/mounts/schema'

const NONE: MountView[] = []
const STATUSES = ['error', 'degraded', 'working', 'unknown', 'mounted', 'unmounted'] as const

/** As the column says it: a mount that somebody has changed by hand is no longer just mounted. */
function statusOf(row: MountView): string {
  return mountStatus(row).tone === 'drift' ? 'changed' : row.status
}

function RowActions({
  mount,
  onAct,
  onDelete,
}: {
  mount: MountView
  onAct: (verb: ReviewedVerb) => void
  onDelete: () => void
}) {
  const verb = verbFor(mount)
  return (
    <span className="relative z-10 inline-flex items-center justify-end gap-1">
      <Button size="sm" disabled={mount.removing} onClick={() => onAct(verb)}>
        {verb === 'mount' ? 'Mount' : 'Unmount'}
      </Button>
      <Menu trigger={<IconButton icon={Ellipsis} label={`More actions for ${mount.name}`} />}>
        <MenuItem icon={RefreshCw} onSelect={() => onAct('sync')}>
          Bring to wanted state
        </MenuItem>
        <MenuSeparator />
        <MenuItem icon={Trash2} danger disabled={mount.removing} onSelect={onDelete}>
          Delete
        </MenuItem>
      </Menu>
    </span>
  )
}

/** What is being reviewed: one mount or the marked ones. */
interface Reviewing {
  mounts: readonly MountView[]
  verb: ReviewedVerb | 'delete'
}

function Review({ mounts, verb, onClose }: Reviewing & { onClose: () => void }) {
  const [only, another] = mounts
  if (!only) return null
  if (another) return <ActOnMounts mounts={mounts} verb={verb} onClose={onClose} />
  if (verb === 'delete') return <DeleteMount mount={only} onClose={onClose} />
  return <ActOnMount mount={only} verb={verb} onClose={onClose} />
}

export function MountsTable() {
  const { data } = useQuery({ ...mountList(), refetchInterval: usePollInterval() })
  const types = useStorageTypes()
  const canWrite = useMay('mounts.write')
  const { sync, review } = useSync()
  const [reviewing, setReviewing] = useState<Reviewing | null>(null)

  const columns = useMemo<Column<MountView>[]>(() => {
    const all: Column<MountView>[] = [
      {
        id: 'name',
        header: 'Name',
        card: 'title',
        search: (row) => row.name,
        sort: (row) => row.name,
        cell: (row) => (
          <RowLink href={`/mounts/${row.id}`} title={row.name} className="font-medium">
            {row.name}
          </RowLink>
        ),
      },
      {
        id: 'status',
        header: 'Status',
        width: 'w-29',
        card: 'aside',
        sort: (row) => TONE_ORDER.indexOf(mountStatus(row).tone),
        cell: (row) => (
          <Status {...mountStatus(row)} title={row.hosts.find((entry) => entry.error)?.error ?? undefined} />
        ),
      },
      {
        id: 'type',
        header: 'Type',
        card: 'fact',
        width: 'w-36',
        from: 'wide',
        sort: (row) => row.type,
        search: (row) => row.type,
        cell: (row) => <BackendType type={row.type} />,
      },
      {
        id: 'source',
        header: 'Source',
        width: 'w-[18%]',
        from: 'xl',
        sort: (row) => row.source,
        search: (row) => `${row.source} ${row.backend.name}`,
        cell: (row) => <Mono text={row.source} max={32} className="max-w-full" />,
      },
      {
        id: 'path',
        header: 'Mount point',
        width: 'w-[17%]',
        sort: (row) => row.mount_point,
        search: (row) => row.mount_point,
        cell: (row) => <Mono text={row.mount_point} copy max={30} className="max-w-full" />,
      },
      {
        id: 'hosts',
        header: 'Hosts',
        card: 'fact',
        width: 'w-32',
        sort: (row) => row.hosts.length,
        search: (row) => row.hosts.map((entry) => entry.host_name).join(' '),
        cell: (row) => <HostMarks hosts={row.hosts} />,
      },
    ]
    if (canWrite) {
      all.push({
        id: 'actions',
        header: 'Actions',
        width: 'w-34',
        align: 'right',
        card: 'actions',
        cell: (row) => (
          <RowActions
            mount={row}
            onAct={(verb) => (verb === 'sync' ? sync({ mount: row }) : setReviewing({ mounts: [row], verb }))}
            onDelete={() => setReviewing({ mounts: [row], verb: 'delete' })}
          />
        ),
      })
    }
    return all
  }, [canWrite, sync])

  const facets = useMemo<Facet<MountView>[]>(
    () => [
      {
        id: 'status',
        label: 'Status',
        value: statusOf,
        options: [
          { value: 'changed', label: 'Changed' },
          ...STATUSES.map((status) => ({ value: status, label: mountStatus({ status, removing: false }).word })),
        ],
      },
      typeFacet(types),
    ],
    [types],
  )

  return (
    <>
      <DataTable
        noun="mounts"
        rows={data?.data ?? NONE}
        columns={columns}
        facets={facets}
        rowId={(row) => row.id}
        defaultSort="name.asc"
        {...(canWrite
          ? {
              bulk: (marked: MountView[], clear: () => void) => {
                const start = (verb: Reviewing['verb']) => {
                  setReviewing({ mounts: marked, verb })
                  clear()
                }
                return (
                  <>
                    <Button size="sm" icon={Waypoints} onClick={() => start('mount')}>
                      Mount
                    </Button>
                    <Button size="sm" icon={Unplug} onClick={() => start('unmount')}>
                      Unmount
                    </Button>
                    <Button size="sm" icon={RefreshCw} onClick={() => start('sync')}>
                      Bring to wanted state
                    </Button>
                    <Button size="sm" icon={Trash2} className="text-critical" onClick={() => start('delete')}>
                      Delete
                    </Button>
                  </>
                )
              },
            }
          : {})}
        empty={
          <EmptyState
            icon={Waypoints}
            title="Put a backend at a path, on one host or on all"
            action={
              canWrite && (
                <ButtonLink href="/mounts/new" variant="primary" icon={Plus}>
                  New mount
                </ButtonLink>
              )
            }
          >
            Holdfast mounts it, checks that the storage answers, keeps it mounted through reboots, and says when a host
            differs from what you want.
          </EmptyState>
        }
      />
      {review}
      {reviewing && <Review {...reviewing} onClose={() => setReviewing(null)} />}
    </>
  )
}
