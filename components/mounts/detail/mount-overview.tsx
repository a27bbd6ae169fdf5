'use client'

import Link from 'next/link'
import { useState } from 'react'
import { TypeIcon } from '@/components/backends/backend-type'
import { useStorageTypes, useTypeTitle } from '@/components/layout/person'
import { Summary, type SummaryItem } from '@/components/layout/summary'
import { MountSpeed } from '@/components/monitoring/activity/lazy-mount-speed'
import { CapacityHistory } from '@/components/monitoring/lazy-capacity-history'
import { MountHosts } from '@/components/mounts/detail/mount-hosts'
import { hostWords, protocolWords, targetWords, usageOf } from '@/components/mounts/detail/mount-words'
import type { useSync } from '@/components/mounts/use-sync'
import { LatestOperation } from '@/components/operations/latest-operation'
import { ButtonLink } from '@/components/ui/button'
import { Capacity } from '@/components/ui/bytes'
import { Note } from '@/components/ui/feedback'
import { Inodes } from '@/components/ui/inodes'
import { RelativeTime } from '@/components/ui/relative-time'
import { spaceOfUsage } from '@/lib/fullness'
import type { MountView } from '@/lib/mounts/schema'
import { wordOfMount } from '@/lib/mounts/state'
import type { OperationRow } from '@/lib/operations/schema'
import { isTrouble } from '@/lib/tones'

/** A rollout has not reached all hosts: changes wait for a person's decision about it. */
function HeldNote({ mount }: { mount: MountView }) {
  const held = mount.hosts.filter((entry) => entry.held_by !== null)
  const operation = held[0]?.held_by
  if (!operation) return null
  return (
    <Note
      kind="info"
      title={`A rollout has not reached ${held.length === 1 ? '1 host' : `${held.length} hosts`} yet.`}
      action={
        <ButtonLink href={`/operations/${operation}`} size="sm">
          Show rollout
        </ButtonLink>
      }
    >
      Nothing is sent to them until their wave begins, and the mount cannot be changed meanwhile.
    </Note>
  )
}

function BackendLink({ backend }: Pick<MountView, 'backend'>) {
  const title = useTypeTitle()
  return (
    <span className="flex min-w-0 gap-2">
      <TypeIcon type={backend.type} title={title(backend.type)} className="mt-0.5" />
      <Link
        href={`/backends/${backend.id}`}
        prefetch={false}
        className="min-w-0 break-words font-medium text-accent hover:underline"
      >
        {backend.name}
      </Link>
    </span>
  )
}

/** Of a storage that is the same everywhere; where each host has its own, the figures stand with the hosts. */
function Used({ mount }: { mount: MountView }) {
  const usage = usageOf(mount)
  if (usage === null) return <span className="text-faint">unknown</span>
  return (
    <div className="w-full">
      <Capacity space={spaceOfUsage(usage)} withPercent />
      {usage.asOf && (
        <p className="mt-0.5 text-12 text-muted">
          as of <RelativeTime at={usage.asOf} />
        </p>
      )}
      {usage.inodes && <Inodes {...usage.inodes} />}
    </div>
  )
}

function useSummary(mount: MountView): SummaryItem[] {
  const isShared = useStorageTypes().find(({ id }) => id === mount.type)?.scope === 'fleet'
  const protocol = protocolWords(mount)
  return [
    { label: 'Backend', value: <BackendLink backend={mount.backend} /> },
    ...(isShared ? [{ label: 'Used', value: <Used mount={mount} />, isWide: true }] : []),
    { label: 'As wanted on', value: <span className="tabular">{hostWords(mount)}</span> },
    { label: 'For', value: targetWords(mount) },
    { label: 'Access', value: [mount.read_only ? 'Read only' : 'Read and write', protocol].filter(Boolean).join(', ') },
  ]
}

/** What it is, how it stands on every host, and what was done with it last. */
export function MountOverview({
  mount,
  syncing,
  latest,
}: {
  mount: MountView
  syncing: ReturnType<typeof useSync>
  latest: OperationRow | undefined
}) {
  const isMeasured = useStorageTypes().some(
    ({ id, capabilities }) => id === mount.type && capabilities.includes('usage'),
  )
  // As the page was opened: what a person reads does not move away.
  const [isTroubled] = useState(() => isTrouble(wordOfMount(mount).tone))
  const capacity = isMeasured && <CapacityHistory noun="mount" id={mount.id} name={mount.name} />
  return (
    <div className="space-y-5">
      {mount.removing && <Note>It is being unmounted and deleted. It disappears when every host has answered.</Note>}
      <HeldNote mount={mount} />
      <Summary items={useSummary(mount)} />
      {!isTroubled && capacity}
      <MountHosts mount={mount} syncing={syncing} />
      {isTroubled && capacity}
      <MountSpeed id={mount.id} name={mount.name} />
      {latest && <LatestOperation row={latest} />}
    </div>
  )
}
