'use client'

import dynamic from 'next/dynamic'
import { useRouter } from 'next/navigation'
import type { FormSpec } from '@/components/forms/form-spec'
import type { PoolView } from '@/lib/pools/schema'

const CreateVolume = dynamic(
  () => import('@/components/volumes/forms/create-volume').then((module) => module.CreateVolume),
  { ssr: false },
)
const EditPool = dynamic(() => import('@/components/pools/forms/edit-pool').then((module) => module.EditPool), {
  ssr: false,
})
const MovePoolHost = dynamic(
  () => import('@/components/pools/forms/move-pool-host').then((module) => module.MovePoolHost),
  { ssr: false },
)
const DeletePool = dynamic(() => import('@/components/pools/delete-pool').then((module) => module.DeletePool), {
  ssr: false,
})

const AbandonPool = dynamic(() => import('@/components/pools/abandon-pool').then((module) => module.AbandonPool), {
  ssr: false,
})

export type PoolDialog = 'volume' | 'edit' | 'move-host' | 'delete' | 'abandon'

/** The open dialog of a pool, on its page or from the list. */
export function PoolDialogs({
  pool,
  dialog,
  form,
  onClose,
}: {
  pool: PoolView
  dialog: PoolDialog
  /** Of its engine, to edit the settings. */
  form?: FormSpec | undefined
  onClose: () => void
}) {
  const router = useRouter()
  switch (dialog) {
    case 'volume':
      return <CreateVolume pools={[pool]} preset={pool.id} onClose={onClose} />
    case 'edit':
      return <EditPool pool={pool} {...(form ? { form } : {})} onClose={onClose} />
    case 'abandon':
      return <AbandonPool pool={pool} onClose={onClose} onGone={() => router.push('/pools')} />
    case 'move-host':
      return <MovePoolHost pool={pool} onClose={onClose} />
    case 'delete':
      return <DeletePool pool={pool} onClose={onClose} onDeleted={() => router.push('/pools')} />
  }
}
