'use client'

import { useQuery } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { TypeIcon } from '@/components/backends/backend-type'
import { Gone, isGone } from '@/components/data/gone'
import { usePollInterval } from '@/components/data/live'
import { isRunning, mountOne, operationsOf } from '@/components/data/queries'
import { DetailPage } from '@/components/layout/detail-page'
import { useMay } from '@/components/layout/person'
import {
  MainButton,
  MoreActions,
  type MountDialog,
  MountDialogs,
  WorkingLink,
} from '@/components/mounts/detail/mount-actions'
import { MountOverview } from '@/components/mounts/detail/mount-overview'
import { MountSettings } from '@/components/mounts/detail/mount-settings'
import { OwnedBy } from '@/components/mounts/detail/owned-by'
import { SeenLast } from '@/components/mounts/seen-last'
import { useSync } from '@/components/mounts/use-sync'
import { OperationHistory } from '@/components/operations/operation-list'
import { Mono } from '@/components/ui/code-block'
import { ComingTab } from '@/components/ui/coming-tab'
import { StatusBadge } from '@/components/ui/status'
import { WorkloadsUsing } from '@/components/workloads/workloads-using'
import { ownerOf } from '@/lib/mounts/owned-by'
import type { MountView } from '@/lib/mounts/schema'
import { wordOfMount } from '@/lib/mounts/state'

const MountConsumers = dynamic(
  () => import('@/components/mounts/detail/mount-consumers').then((module) => module.MountConsumers),
  { loading: ComingTab },
)
const MountEvents = dynamic(
  () => import('@/components/mounts/detail/mount-events').then((module) => module.MountEvents),
  { loading: ComingTab },
)

const GiveMount = dynamic(() => import('@/components/workloads/mounts/give-mount').then((module) => module.GiveMount), {
  loading: ComingTab,
})

const LIST = { label: 'Mounts', href: '/mounts' }

function Place({ mount }: { mount: MountView }) {
  return (
    <span className="flex flex-wrap items-center gap-x-2">
      <Mono text={mount.source} copy />
      <span aria-hidden>→</span>
      <Mono text={mount.mount_point} copy />
      <SeenLast hosts={mount.hosts} />
    </span>
  )
}

export function MountDetail({ id }: { id: string }) {
  const poll = usePollInterval()
  const { data: mount, error } = useQuery({ ...mountOne(id), refetchInterval: poll })
  const { data: operations } = useQuery({ ...operationsOf(id), refetchInterval: poll })
  const syncing = useSync()
  const canWrite = useMay('mounts.write')
  const [dialog, setDialog] = useState<MountDialog | null>(null)
  if (isGone(error)) return <Gone noun="mount" list={LIST.label} href={LIST.href} />
  if (!mount) return null
  const latest = operations?.data[0]
  const acting = { mount, syncing, onOpen: setDialog }
  return (
    <DetailPage
      id={id}
      noun="mount"
      list={LIST}
      name={mount.name}
      icon={<TypeIcon type={mount.type} className="size-5" />}
      status={<StatusBadge {...wordOfMount(mount)} />}
      subtitle={<Place mount={mount} />}
      actions={
        canWrite &&
        ownerOf(mount) === null && (
          <>
            {latest && isRunning(latest) ? (
              <WorkingLink row={latest} desired={mount.desired_state} />
            ) : (
              <MainButton {...acting} />
            )}
            <MoreActions {...acting} />
          </>
        )
      }
      notes={<OwnedBy mount={mount} />}
      overview={<MountOverview mount={mount} syncing={syncing} latest={latest} />}
      uses={[
        {
          id: 'users',
          label: 'Used by',
          content: (
            <div className="space-y-5">
              <WorkloadsUsing id={id} noun="mount" />
              <MountConsumers mount={mount} />
              <GiveMount mount={mount} />
            </div>
          ),
        },
      ]}
      history={
        <div className="space-y-5">
          <MountEvents mount={mount} />
          <OperationHistory operations={operations?.data} />
        </div>
      }
      settings={<MountSettings mount={mount} onOpen={setDialog} />}
      raw={{ path: `/api/v1/storage/mounts/${id}`, value: mount }}
    >
      {syncing.review}
      {dialog && <MountDialogs mount={mount} dialog={dialog} onClose={() => setDialog(null)} />}
    </DetailPage>
  )
}
