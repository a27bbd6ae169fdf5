'use client'

import { useQuery } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { TypeIcon } from '@/components/backends/backend-type'
import { Gone, isGone } from '@/components/data/gone'
import { usePollInterval } from '@/components/data/live'
import { operationsOf, poolOne, poolUnknown, volumesOf } from '@/components/data/queries'
import { DetailPage } from '@/components/layout/detail-page'
import { OperationHistory } from '@/components/operations/operation-list'
import { PoolActions } from '@/components/pools/detail/pool-actions'
import { PoolForeign } from '@/components/pools/detail/pool-foreign'
import { PoolNotes } from '@/components/pools/detail/pool-notes'
import { PoolOverview } from '@/components/pools/detail/pool-overview'
import { PoolSettings } from '@/components/pools/detail/pool-settings'
import { PoolUnknown } from '@/components/pools/detail/pool-unknown'
import { PoolVolumes } from '@/components/pools/detail/pool-volumes'
import type { EngineForms } from '@/components/pools/forms/pool-kinds'
import { type PoolDialog, PoolDialogs } from '@/components/pools/pool-dialogs'
import { usePoolActions } from '@/components/pools/use-pool-actions'
import { Mono } from '@/components/ui/code-block'
import { ComingTab } from '@/components/ui/coming-tab'
import { StatusBadge } from '@/components/ui/status'
import type { Tab } from '@/components/ui/tabs'
import { DependsOn } from '@/components/uses/depends-on'
import { pollWhileWorked } from '@/components/volumes/poll'
import type { PoolView } from '@/lib/pools/schema'
import { wordOfPool } from '@/lib/pools/words'

const PoolFiles = dynamic(() => import('@/components/files/pool-files').then((module) => module.PoolFiles), {
  loading: ComingTab,
})

const LIST = { label: 'Pools', href: '/pools' }

function Place({ pool }: { pool: PoolView }) {
  return (
    <span className="flex flex-wrap items-center gap-x-2">
      <Mono text={pool.source} copy />
      {pool.mount_path && (
        <>
          <span aria-hidden>→</span>
          <Mono text={pool.mount_path} copy />
        </>
      )}
    </span>
  )
}

export function PoolDetail({ id, forms }: { id: string; forms: EngineForms }) {
  const poll = usePollInterval()
  const { data: pool, error } = useQuery({ ...poolOne(id), refetchInterval: poll })
  const { data: operations } = useQuery({ ...operationsOf(id), refetchInterval: poll })
  const { data: volumes } = useQuery({
    ...volumesOf(id),
    refetchInterval: (query) => pollWhileWorked(query.state.data?.data, poll),
  })
  const { data: unknown } = useQuery({ ...poolUnknown(id), refetchInterval: poll })
  const actions = usePoolActions()
  const [dialog, setDialog] = useState<PoolDialog | null>(null)
  if (isGone(error)) return <Gone noun="pool" list={LIST.label} href={LIST.href} />
  if (!pool) return null
  const uses: Tab[] = [
    {
      id: 'volumes',
      label: 'Volumes',
      count: pool.volume_count,
      content: <PoolVolumes pool={pool} volumes={volumes?.data} onNew={() => setDialog('volume')} />,
    },
    ...(pool.engine === 'image-files' ? [{ id: 'files', label: 'Files', content: <PoolFiles pool={pool} /> }] : []),
    {
      id: 'foreign',
      label: 'Foreign',
      count: pool.foreign_count ?? undefined,
      content: <PoolForeign pool={pool} />,
    },
    { id: 'users', label: 'Used by', content: <DependsOn id={pool.id} name={pool.name} /> },
    ...(unknown === undefined || unknown.total === 0
      ? []
      : [
          {
            id: 'unknown',
            label: 'Unknown',
            count: unknown.total,
            content: <PoolUnknown volumes={unknown.data} />,
          },
        ]),
  ]
  return (
    <DetailPage
      id={id}
      noun="pool"
      list={LIST}
      name={pool.name}
      icon={<TypeIcon type={pool.type} className="size-5" />}
      status={<StatusBadge {...wordOfPool(pool)} />}
      subtitle={<Place pool={pool} />}
      actions={<PoolActions pool={pool} actions={actions} latest={operations?.data[0]} onOpen={setDialog} />}
      notes={<PoolNotes pool={pool} attempt={actions.attemptOf(id)} />}
      overview={<PoolOverview pool={pool} actions={actions} latest={operations?.data[0]} />}
      uses={uses}
      history={<OperationHistory operations={operations?.data} />}
      settings={
        <PoolSettings
          pool={pool}
          form={pool.engine === null ? undefined : forms[pool.engine]}
          actions={actions}
          onOpen={setDialog}
        />
      }
      raw={{ path: `/api/v1/storage/pools/${id}`, value: pool }}
    >
      {dialog && (
        <PoolDialogs
          pool={pool}
          dialog={dialog}
          form={pool.engine === null ? undefined : forms[pool.engine]}
          onClose={() => setDialog(null)}
        />
      )}
    </DetailPage>
  )
}
