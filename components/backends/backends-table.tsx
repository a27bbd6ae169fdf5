'use client'

import { useQuery } from '@tanstack/react-query'
import { Cable, Ellipsis, FlaskConical, HardDrive, Pencil, Plus, Trash2, Waypoints } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useMemo, useState } from 'react'
import { BackendType, typeFacet } from '@/components/backends/backend-type'
import { backendStatus } from '@/components/backends/status'
import { useTestBackends } from '@/components/backends/use-backend-actions'
import { usePollInterval } from '@/components/data/live'
import { backendList } from '@/components/data/queries'
import { useMay, useStorageTypes } from '@/components/layout/person'
import { Button, ButtonLink, IconButton } from '@/components/ui/button'
import { Capacity } from '@/components/ui/bytes'
import { Mono } from '@/components/ui/code-block'
import { EmptyState } from '@/components/ui/feedback'
import { Menu, MenuItem, MenuSeparator } from '@/components/ui/menu'
import { RelativeTime } from '@/components/ui/relative-time'
import { Status, TONE_ORDER } from '@/components/ui/status'
import { DataTable } from '@/components/ui/table/data-table'

const DeleteBackend = dynamic(
  () => import('@/components/backends/delete-backend').then((module) => module.DeleteBackend),
  { ssr: false },
)

import { RowLink } from '@/components/ui/row-link'
import type { Column, Facet } from '@/components/ui/table/table-model'
import type { BackendView } from '@/lib/backends/schema'

const NONE: BackendView[] = []

function RowMenu({ backend, onTest, onDelete }: { backend: BackendView; onTest: () => void; onDelete: () => void }) {
  const canTest = useMay('backends.test')
  const canWrite = useMay('backends.write')
  return (
    <span className="relative z-10">
      <Menu trigger={<IconButton icon={Ellipsis} label={`Actions for ${backend.name}`} />}>
        {canTest && (
          <MenuItem icon={FlaskConical} onSelect={onTest}>
            Test
          </MenuItem>
        )}
        {canWrite && (
          <>
            {backend.capabilities.includes('mount') && (
              <MenuItem icon={Waypoints} href={`/mounts/new?backend=${backend.id}`}>
                Mount it
              </MenuItem>
            )}
            {backend.capabilities.includes('connect') && (
              <MenuItem icon={Cable} href={`/backends/${backend.id}?tab=connection`}>
                Connect
              </MenuItem>
            )}
            <MenuItem icon={Pencil} href={`/backends/${backend.id}/edit`}>
              Edit
            </MenuItem>
            <MenuSeparator />
            <MenuItem icon={Trash2} danger onSelect={onDelete}>
              Delete
            </MenuItem>
          </>
        )}
        {!canTest && <MenuItem href={`/backends/${backend.id}`}>Open</MenuItem>}
      </Menu>
    </span>
  )
}

export function BackendsTable() {
  const { data } = useQuery({ ...backendList(), refetchInterval: usePollInterval() })
  const types = useStorageTypes()
  const canWrite = useMay('backends.write')
  const canTest = useMay('backends.test')
  const test = useTestBackends()
  const [doomed, setDoomed] = useState<BackendView | null>(null)
  const { mutate: startTest } = test

  const columns = useMemo<Column<BackendView>[]>(
    () => [
      {
        id: 'name',
        header: 'Name',
        card: 'title',
        search: (row) => row.name,
        sort: (row) => row.name,
        cell: (row) => (
          <RowLink href={`/backends/${row.id}`} title={row.name} className="font-medium">
            {row.name}
          </RowLink>
        ),
      },
      {
        id: 'status',
        header: 'Status',
        width: 'w-27',
        card: 'aside',
        sort: (row) => TONE_ORDER.indexOf(backendStatus(row.status).tone),
        cell: (row) => <Status {...backendStatus(row.status)} title={row.status_error ?? undefined} />,
      },
      {
        id: 'type',
        header: 'Type',
        card: 'fact',
        width: 'w-36',
        from: 'lg',
        search: (row) => row.type,
        sort: (row) => row.type,
        cell: (row) => <BackendType type={row.type} />,
      },
      {
        id: 'source',
        header: 'Source',
        width: 'w-[20%]',
        search: (row) => row.source,
        sort: (row) => row.source,
        cell: (row) => <Mono text={row.source} copy max={36} className="max-w-full" />,
      },
      {
        id: 'used',
        header: 'Used',
        width: 'w-52',
        from: 'xl',
        sort: (row) => row.stats.used_bytes,
        cell: (row) => <Capacity used={row.stats.used_bytes} total={row.stats.total_bytes} className="max-md:w-44" />,
      },
      {
        id: 'mounts',
        header: 'Mounts',
        card: 'fact',
        width: 'w-20',
        align: 'right',
        sort: (row) => row.mount_count,
        cell: (row) => <span className="tabular">{row.mount_count}</span>,
      },
      {
        id: 'tested',
        header: 'Tested',
        card: 'hidden',
        width: 'w-24',
        from: 'wide',
        sort: (row) => row.last_test_at,
        cell: (row) => <RelativeTime at={row.last_test_at} className="text-muted" />,
      },
      {
        id: 'actions',
        header: 'Actions',
        width: 'w-14',
        align: 'right',
        card: 'actions',
        cell: (row) => (
          <RowMenu
            backend={row}
            onTest={() => startTest({ ids: [row.id], watch: true })}
            onDelete={() => setDoomed(row)}
          />
        ),
      },
    ],
    [startTest],
  )
  const facets = useMemo<Facet<BackendView>[]>(
    () => [
      {
        id: 'status',
        label: 'Status',
        value: (row) => row.status,
        options: (['error', 'offline', 'unknown', 'online'] as const).map((value) => ({
          value,
          label: backendStatus(value).word,
        })),
      },
      typeFacet(types),
    ],
    [types],
  )

  return (
    <>
      <DataTable
        noun="backends"
        rows={data?.data ?? NONE}
        columns={columns}
        facets={facets}
        rowId={(row) => row.id}
        defaultSort="name.asc"
        {...(canTest
          ? {
              bulk: (marked: BackendView[], clear: () => void) => (
                <Button
                  size="sm"
                  icon={FlaskConical}
                  pending={test.isPending}
                  onClick={() => {
                    startTest({ ids: marked.map((row) => row.id), watch: false })
                    clear()
                  }}
                >
                  Test {marked.length === 1 ? '1 backend' : `${marked.length} backends`}
                </Button>
              ),
            }
          : {})}
        empty={
          <EmptyState
            icon={HardDrive}
            title="Define a storage once, use it on every host"
            action={
              canWrite && (
                <ButtonLink href="/backends/new" variant="primary" icon={Plus}>
                  New backend
                </ButtonLink>
              )
            }
          >
            A backend is one storage with its settings and its secrets: an NFS or SMB share, an S3 bucket, a directory.
            Holdfast tests it for real before you rely on it.
          </EmptyState>
        }
      />
      {doomed && <DeleteBackend backend={doomed} open onOpenChange={(open) => !open && setDoomed(null)} />}
    </>
  )
}
