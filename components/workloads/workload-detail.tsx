'use client'

import { useQuery } from '@tanstack/react-query'
import { Monitor, SquareTerminal } from 'lucide-react'
import dynamic from 'next/dynamic'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { ClipboardSettings } from '@/components/consoles/clipboard-settings'
import { OpenScreens } from '@/components/consoles/open-screens'
import { SmallScreen } from '@/components/consoles/small-screen'
import { Gone, isGone } from '@/components/data/gone'
import { usePollInterval } from '@/components/data/live'
import { operationsOf } from '@/components/data/queries'
import { Page } from '@/components/layout/page'
import { useMay } from '@/components/layout/person'
import { RawObject } from '@/components/layout/raw-object'
import { Summary, type SummaryItem } from '@/components/layout/summary'
import { OperationHistory } from '@/components/operations/operation-list'
import { ButtonLink } from '@/components/ui/button'
import { Mono } from '@/components/ui/code-block'
import { Note } from '@/components/ui/feedback'
import { RelativeTime } from '@/components/ui/relative-time'
import { StatusBadge } from '@/components/ui/status'
import { Tabs } from '@/components/ui/tabs'
import { useUrlParameter } from '@/components/ui/use-url-parameter'
import { GoneMounts } from '@/components/workloads/mounts/gone-mounts'
import { PowerActions } from '@/components/workloads/power-actions'
import { StaleNote } from '@/components/workloads/stale-note'
import { workloadOne } from '@/components/workloads/workload-queries'
import { type HadVolume, WorkloadStorage } from '@/components/workloads/workload-storage'
import { KIND_WORDS, targetWords } from '@/components/workloads/workload-words'
import { attachTarget } from '@/lib/attach-targets/registry'
import { hasScreen } from '@/lib/consoles/has-screen'
import type { AttachmentView, WorkloadView } from '@/lib/workloads/schema'
import { wordOfWorkload } from '@/lib/workloads/words'

const AttachVolume = dynamic(
  () => import('@/components/workloads/disks/attach-volume').then((module) => module.AttachVolume),
  { ssr: false },
)
const DetachVolume = dynamic(
  () => import('@/components/workloads/disks/detach-volume').then((module) => module.DetachVolume),
  { ssr: false },
)

const AttachMount = dynamic(
  () => import('@/components/workloads/mounts/attach-mount').then((module) => module.AttachMount),
  { ssr: false },
)
const DetachMount = dynamic(
  () => import('@/components/workloads/mounts/detach-mount').then((module) => module.DetachMount),
  { ssr: false },
)

const LIST = { label: 'Workloads', href: '/workloads' }

/** In the address, where no mount is named yet. */
const SOME_MOUNT = 'mount'

/** What is chosen already: a mount by the address, or what it was given before. */
function presetOf(attaching: string, again: AttachmentView | null) {
  if (again === null) return attaching === SOME_MOUNT ? {} : { mount_id: attaching }
  const { mount, sub_path, target, read_only } = again
  return { mount_id: mount.id, sub_path, target, read_only }
}

function summaryOf(workload: WorkloadView): SummaryItem[] {
  return [
    {
      label: 'Host',
      value: (
        <Link href={`/hosts/${workload.host.id}`} prefetch={false} className="font-medium text-accent hover:underline">
          {workload.host.name}
        </Link>
      ),
    },
    { label: 'Made from', value: workload.image ?? 'Unknown' },
    { label: 'First seen', value: <RelativeTime at={workload.first_seen_at} /> },
    { label: 'Changed', value: <RelativeTime at={workload.changed_at} /> },
  ]
}

/** Why its state is not known, and what it was before. */
function Unknown({ workload: { problem, told_state: told } }: { workload: WorkloadView }) {
  if (problem === null) return null
  const before = told === 'unknown' ? '' : ` It was told last as ${wordOfWorkload({ state: told }).word.toLowerCase()}.`
  return (
    <Note kind="warning" title="Its state is not known" className="mb-5">
      {problem}
      {before}
    </Note>
  )
}

export function WorkloadDetail({ id }: { id: string }) {
  const { data: workload, error } = useQuery({ ...workloadOne(id), refetchInterval: usePollInterval() })
  const mayOpen = useMay('consoles.open')
  const { data: operations } = useQuery({ ...operationsOf(id), refetchInterval: usePollInterval() })
  const mayChange = useMay('workloads.write')
  const [attaching, setAttaching] = useUrlParameter('attach')
  const [detaching, setDetaching] = useState<HadVolume | null>(null)
  const [detachingMount, setDetachingMount] = useState<AttachmentView | null>(null)
  const [again, setAgain] = useState<AttachmentView | null>(null)
  const router = useRouter()
  if (isGone(error)) return <Gone noun="workload" list={LIST.label} href={LIST.href} />
  if (!workload) return null
  const takesMounts = (attachTarget(workload.target)?.takesMounts ?? null) !== null
  const changes = mayChange
    ? {
        // Containers have no disks.
        disks: workload.kind === 'machine' ? { onAttach: () => setAttaching('1'), onDetach: setDetaching } : undefined,
        mounts: takesMounts ? { onAttach: () => setAttaching(SOME_MOUNT), onDetach: setDetachingMount } : undefined,
      }
    : undefined
  const isOfMount = attaching === SOME_MOUNT || attaching.startsWith('mnt_')
  /** A container that was made anew has another page. */
  const goOn = (page?: string) => {
    setAttaching('')
    setAgain(null)
    setDetachingMount(null)
    if (page !== undefined && page !== `/workloads/${id}`) router.replace(page)
  }
  const isMachine = workload.kind === 'machine'
  const storage = <WorkloadStorage workload={workload} changes={changes} />
  const overview = (
    <div className="space-y-5">
      <Summary items={summaryOf(workload)} />
      <GoneMounts
        workload={workload}
        onAgain={changes?.mounts && ((attachment) => setAgain(attachment))}
        onForget={setDetachingMount}
      />
      {!isMachine && storage}
      {hasScreen(workload) && (
        <>
          {mayOpen && (
            <SmallScreen
              workloadId={id}
              hostId={workload.host.id}
              machine={workload.native_id}
              isRunning={workload.state === 'running' || workload.state === 'paused'}
            />
          )}
          <OpenScreens hostId={workload.host.id} machine={workload.native_id} />
          <ClipboardSettings workloadId={id} />
        </>
      )}
    </div>
  )
  return (
    <Page
      crumbs={[LIST, { label: workload.name }]}
      title={workload.name}
      status={<StatusBadge {...wordOfWorkload(workload)} />}
      subtitle={
        <span className="flex flex-wrap items-center gap-x-2">
          <span>
            {KIND_WORDS[workload.kind]} of {targetWords(workload.target)}
          </span>
          {workload.native_id !== workload.name && <Mono text={workload.native_id} copy />}
        </span>
      }
      actions={
        <>
          {mayOpen && hasScreen(workload) && (
            <>
              <ButtonLink icon={Monitor} href={`/workloads/${id}/screen`}>
                Screen
              </ButtonLink>
              <ButtonLink icon={SquareTerminal} href={`/workloads/${id}/serial`}>
                <span>
                  Serial<span className="max-sm:sr-only"> console</span>
                </span>
              </ButtonLink>
            </>
          )}
          {mayChange && attachTarget(workload.target)?.isPowered && <PowerActions machine={workload} />}
        </>
      }
    >
      <Unknown workload={workload} />
      <StaleNote workload={workload} mayRestart={mayChange && attachTarget(workload.target)?.isPowered === true} />
      {workload.held !== null && (
        <Note kind="warning" title="It was not let start" className="mb-5">
          {workload.held} One that is to run without being asked starts by itself when that is mended; another one, when
          it is asked to.
        </Note>
      )}
      <Tabs
        label="About this workload"
        tabs={[
          { id: 'overview', label: 'Overview', content: overview },
          // Of a container it is all there is to see; a machine has its screen and more.
          ...(isMachine ? [{ id: 'storage', label: 'Storage', content: storage }] : []),
          { id: 'history', label: 'History', content: <OperationHistory operations={operations?.data} /> },
          { id: 'raw', label: 'Raw', content: <RawObject path={`/api/v1/workloads/${id}`} value={workload} /> },
        ]}
      />
      {changes?.mounts && (isOfMount || again) && (
        <AttachMount workload={workload} preset={presetOf(attaching, again)} onClose={goOn} />
      )}
      {detachingMount && <DetachMount workload={workload} attachment={detachingMount} onClose={goOn} />}
      {changes?.disks && attaching !== '' && !isOfMount && (
        <AttachVolume machine={workload} preset={attaching} onClose={() => setAttaching('')} />
      )}
      {detaching && <DetachVolume machine={workload} {...detaching} onClose={() => setDetaching(null)} />}
    </Page>
  )
}
