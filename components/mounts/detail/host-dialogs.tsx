'use client'

import dynamic from 'next/dynamic'
import type { HostDeed } from '@/components/mounts/detail/host-menu'
import type { MountOnHostView, MountView } from '@/lib/mounts/schema'

const ActOnMount = dynamic(() => import('@/components/mounts/mount-dialogs').then((module) => module.ActOnMount), {
  ssr: false,
})
const AbandonMount = dynamic(() => import('@/components/mounts/mount-dialogs').then((module) => module.AbandonMount), {
  ssr: false,
})
const TakeOver = dynamic(() => import('@/components/mounts/mount-dialogs').then((module) => module.TakeOver), {
  ssr: false,
})
const HostOverrides = dynamic(
  () => import('@/components/mounts/detail/host-overrides').then((module) => module.HostOverrides),
  { ssr: false },
)
const CheckMount = dynamic(() => import('@/components/mounts/detail/check-mount').then((module) => module.CheckMount), {
  ssr: false,
})

/** What was asked for on which host; the entry as it was then, since the host may leave the mount meanwhile. */
export interface AskedOnHost {
  deed: Exclude<HostDeed, 'retry'>
  entry: MountOnHostView
}

/** The dialog of what was asked for on one host. */
export function HostDialogs({
  mount,
  asked: { deed, entry },
  onClose,
}: {
  mount: MountView
  asked: AskedOnHost
  onClose: () => void
}) {
  switch (deed) {
    case 'mount':
    case 'unmount':
      return <ActOnMount mount={mount} verb={deed} hostIds={[entry.host_id]} onClose={onClose} />
    case 'abandon':
      return <AbandonMount mount={mount} hostIds={[entry.host_id]} onClose={onClose} />
    case 'override': {
      const now = mount.hosts.find(({ host_id }) => host_id === entry.host_id)
      return now ? <HostOverrides mount={mount} entry={now} onClose={onClose} /> : null
    }
    case 'check':
      return <CheckMount mount={mount} entry={entry} onClose={onClose} />
    case 'take_over':
      return <TakeOver mount={mount} entry={entry} onClose={onClose} />
  }
}
