'use client'

import { useQuery } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { TypeIcon } from '@/components/backends/backend-type'
import { isGone } from '@/components/data/gone'
import { usePollInterval } from '@/components/data/live'
import { operationsOf, poolList, volumeOne } from '@/components/data/queries'
import { DetailPage } from '@/components/layout/detail-page'
import { useMay } from '@/components/layout/person'
import { OperationHistory } from '@/components/operations/operation-list'
import { ComingTab } from '@/components/ui/coming-tab'
import { StatusBadge } from '@/components/ui/status'
import { VolumeActions } from '@/components/volumes/detail/volume-actions'
import { VolumeGone } from '@/components/volumes/detail/volume-gone'
import { VolumeNotes } from '@/components/volumes/detail/volume-notes'
import { VolumeOverview } from '@/components/volumes/detail/volume-overview'
import { VolumeSettings } from '@/components/volumes/detail/volume-settings'
import { VolumeSnapshots } from '@/components/volumes/detail/volume-snapshots'
import { VolumeSubtitle } from '@/components/volumes/detail/volume-subtitle'
import { pollWhileWorked } from '@/components/volumes/poll'
import { lostHostOf } from '@/components/volumes/reach'
import { useTrash } from '@/components/volumes/use-trash'
import { type VolumeDialog, VolumeDialogs } from '@/components/volumes/volume-dialogs'
import { wordOfVolume } from '@/components/volumes/volume-words'
import { WorkloadsUsing } from '@/components/workloads/workloads-using'
import type { SnapshotView } from '@/lib/volumes/schema'

const VolumeAttach = dynamic(
  () => import('@/components/volumes/detail/volume-attach').then((module) => module.VolumeAttach),
  { loading: ComingTab },
)

const LIST = { label: 'Volumes', href: '/volumes' }

/** What was asked for of the volume, or of one of its snapshots. */
export interface AskedOfVolume {
  dialog: VolumeDialog
  snapshot?: SnapshotView
}

export function VolumeDetail({ id }: { id: string }) {
  const router = useRouter()
  const poll = usePollInterval()
  const { data: volume, error } = useQuery({
    ...volumeOne(id),
    refetchInterval: (query) => pollWhileWorked(query.state.data && [query.state.data], poll),
  })
  const { data: pools } = useQuery(poolList())
  const { data: operations } = useQuery({ ...operationsOf(id), refetchInterval: poll })
  const trash = useTrash()
  const canWrite = useMay('volumes.write')
  const [asked, setAsked] = useState<AskedOfVolume | null>(null)
  if (isGone(error)) return <VolumeGone id={id} />
  if (!volume) return null
  const latest = operations?.data[0]
  const lost = lostHostOf(
    volume,
    pools?.data.find((pool) => pool.id === volume.pool_id),
  )
  return (
    <DetailPage
      id={id}
      noun="volume"
      list={LIST}
      name={volume.name}
      icon={<TypeIcon type={volume.type} className="size-5" />}
      status={<StatusBadge {...wordOfVolume(volume, lost !== null)} />}
      subtitle={<VolumeSubtitle volume={volume} />}
      actions={canWrite && <VolumeActions volume={volume} trash={trash} onAsk={setAsked} />}
      notes={<VolumeNotes volume={volume} lost={lost} />}
      overview={<VolumeOverview volume={volume} latest={latest} isLost={lost !== null} />}
      uses={[
        {
          id: 'snapshots',
          label: 'Snapshots',
          count: volume.snapshot_count,
          content: <VolumeSnapshots volume={volume} onAsk={setAsked} />,
        },
        { id: 'attach', label: 'Attach', content: <VolumeAttach volume={volume} /> },
        { id: 'users', label: 'Used by', content: <WorkloadsUsing id={id} noun="volume" /> },
      ]}
      history={<OperationHistory operations={operations?.data} />}
      settings={<VolumeSettings volume={volume} trash={trash} onAsk={setAsked} />}
      raw={{ path: `/api/v1/volumes/${id}`, value: volume }}
    >
      {asked && (
        <VolumeDialogs
          volume={volume}
          {...asked}
          onClose={() => setAsked(null)}
          onGone={() => router.push('/volumes/trash')}
        />
      )}
    </DetailPage>
  )
}
