'use client'

import { useQuery } from '@tanstack/react-query'
import { Database, Disc3, Plus, Trash2 } from 'lucide-react'
import { useMemo, useState } from 'react'
import { usePollInterval } from '@/components/data/live'
import { poolList, volumeList, volumeTrash } from '@/components/data/queries'
import { useMay } from '@/components/layout/person'
import { Button, ButtonLink } from '@/components/ui/button'
import { EmptyState } from '@/components/ui/feedback'
import { DataTable } from '@/components/ui/table/data-table'
import {
  type IsLost,
  TRASH_FACETS,
  trashColumns,
  volumeColumns,
  volumeFacets,
} from '@/components/volumes/list/volume-columns'
import type { VolumeOrder } from '@/components/volumes/list/volume-row-menu'
import { NewVolumeButton } from '@/components/volumes/new-volume-button'
import { pollWhileWorked } from '@/components/volumes/poll'
import { lostHostOf } from '@/components/volumes/reach'
import { useTrash } from '@/components/volumes/use-trash'
import { type VolumeDialog, VolumeDialogs } from '@/components/volumes/volume-dialogs'
import type { VolumeRow } from '@/lib/volumes/schema'

const NONE: VolumeRow[] = []
const FACETS_OF_TRASH = [...TRASH_FACETS]

function NoVolumes() {
  const { data: pools } = useQuery(poolList())
  const canMakePools = useMay('pools.write')
  if (pools?.data.length === 0) {
    return (
      <EmptyState
        icon={Database}
        title="First open a pool"
        action={
          canMakePools && (
            <ButtonLink href="/pools/new" variant="primary" icon={Plus}>
              New pool
            </ButtonLink>
          )
        }
      >
        Volumes are virtual disks, and a pool is where they lie. There is no pool yet.
      </EmptyState>
    )
  }
  return (
    <EmptyState icon={Disc3} title="Make the first volume" action={<NewVolumeButton />}>
      A volume is a virtual disk. It can grow, be cloned and go back to a snapshot, and what is deleted stays in the
      trash for some days.
    </EmptyState>
  )
}

function NoTrash() {
  return (
    <EmptyState icon={Trash2} title="The trash is empty" action={<ButtonLink href="/volumes">All volumes</ButtonLink>}>
      A deleted volume stays here for the days that its pool says, and can come back as it was.
    </EmptyState>
  )
}

/** What is done from a list: at once, or in a dialog. */
function useOrders() {
  const { trash, takeBack } = useTrash()
  const [open, setOpen] = useState<{ volume: VolumeRow; dialog: VolumeDialog } | null>(null)
  const act = useMemo(
    () => (volume: VolumeRow, order: VolumeOrder) => {
      if (order === 'trash') trash(volume)
      else if (order === 'back') takeBack(volume)
      else setOpen({ volume, dialog: order })
    },
    [trash, takeBack],
  )
  return { act, dialogs: open && <VolumeDialogs {...open} onClose={() => setOpen(null)} />, trash }
}

/** Pools tell where they can be used. */
function useIsLost(): IsLost {
  const { data } = useQuery(poolList())
  return useMemo(() => {
    const pools = new Map(data?.data.map((pool) => [pool.id, pool]))
    return (volume) => lostHostOf(volume, pools.get(volume.pool_id)) !== null
  }, [data])
}

export function VolumesTable() {
  const lost = usePollInterval()
  const { data } = useQuery({
    ...volumeList(),
    refetchInterval: (query) => pollWhileWorked(query.state.data?.data, lost),
  })
  const canWrite = useMay('volumes.write')
  const { act, dialogs, trash } = useOrders()
  const isLost = useIsLost()
  const columns = useMemo(() => volumeColumns(canWrite ? act : null, isLost), [canWrite, act, isLost])
  const facets = useMemo(() => volumeFacets(isLost), [isLost])
  const trashMarked = (marked: VolumeRow[], clear: () => void) => {
    const able = marked.filter(({ refuses }) => refuses.trash === undefined)
    return (
      <Button
        size="sm"
        icon={Trash2}
        className="text-critical"
        disabled={able.length === 0}
        onClick={() => {
          for (const volume of able) trash(volume)
          clear()
        }}
      >
        Move {able.length === 1 ? '1 volume' : `${able.length} volumes`} to the trash
      </Button>
    )
  }
  return (
    <>
      <DataTable
        noun="volumes"
        rows={data?.data ?? NONE}
        columns={columns}
        facets={facets}
        views="volumes"
        rowId={(row) => row.id}
        defaultSort="name.asc"
        {...(canWrite ? { bulk: trashMarked } : {})}
        empty={<NoVolumes />}
      />
      {dialogs}
    </>
  )
}

/** What was deleted and can come back. */
export function TrashTable() {
  const lost = usePollInterval()
  const { data } = useQuery({
    ...volumeTrash(),
    refetchInterval: (query) => pollWhileWorked(query.state.data?.data, lost),
  })
  const canWrite = useMay('volumes.write')
  const { act, dialogs } = useOrders()
  const columns = useMemo(() => trashColumns(canWrite ? act : null), [canWrite, act])
  return (
    <>
      <DataTable
        noun="volumes"
        rows={data?.data ?? NONE}
        columns={columns}
        facets={FACETS_OF_TRASH}
        rowId={(row) => row.id}
        defaultSort="purged.asc"
        empty={<NoTrash />}
      />
      {dialogs}
    </>
  )
}
