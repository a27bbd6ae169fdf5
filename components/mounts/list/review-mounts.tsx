'use client'

import dynamic from 'next/dynamic'
import type { ReviewedVerb } from '@/components/mounts/mount-dialogs'
import type { MountView } from '@/lib/mounts/schema'

const DeleteMount = dynamic(() => import('@/components/mounts/mount-dialogs').then((module) => module.DeleteMount), {
  ssr: false,
})
const ActOnMount = dynamic(() => import('@/components/mounts/mount-dialogs').then((module) => module.ActOnMount), {
  ssr: false,
})
const ActOnMounts = dynamic(() => import('@/components/mounts/mount-dialogs').then((module) => module.ActOnMounts), {
  ssr: false,
})

/** What is to be done with which mounts. */
export interface MountOrder {
  mounts: readonly MountView[]
  verb: ReviewedVerb | 'delete'
}

/** The review of a change to one mount, or to several at once. */
export function ReviewMounts({ mounts, verb, onClose }: MountOrder & { onClose: () => void }) {
  const [only, another] = mounts
  if (!only) return null
  if (another) return <ActOnMounts mounts={mounts} verb={verb} onClose={onClose} />
  if (verb === 'delete') return <DeleteMount mount={only} onClose={onClose} />
  return <ActOnMount mount={only} verb={verb} onClose={onClose} />
}
