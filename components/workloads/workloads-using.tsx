'use client'

import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { usePollInterval } from '@/components/data/live'
import { ProblemNote } from '@/components/data/problem-note'
import { Facts, Note, Panel, Skeleton } from '@/components/ui/feedback'
import { RowLink } from '@/components/ui/row-link'
import { Status } from '@/components/ui/status'
import { PictureLink } from '@/components/uses/depends-on'
import { workloadsOn, workloadsUsing } from '@/components/workloads/workload-queries'
import { targetWords } from '@/components/workloads/workload-words'
import type { HostView } from '@/lib/hosts/schema'
import type { WorkloadRow } from '@/lib/workloads/schema'
import { wordOfWorkload } from '@/lib/workloads/words'

/** Containers and machines that have been given a mount or volume, whether they run or not. */
export function WorkloadsUsing({ id, noun }: { id: string; noun: 'mount' | 'volume' }) {
  const { data, error } = useQuery({ ...workloadsUsing(id), refetchInterval: usePollInterval() })
  const none = `No container and no virtual machine has been given this ${noun}, as far as hosts tell.`
  return (
    <WorkloadPanel
      title="Containers and machines"
      rows={data?.data}
      error={error}
      none={none}
      withHost
      action={<PictureLink asked={{ of: id }} />}
    />
  )
}

/** What a host runs, and in what. */
export function WorkloadsHere({ host }: { host: HostView }) {
  const { data, error } = useQuery({ ...workloadsOn(host.id), refetchInterval: usePollInterval() })
  const none = 'This host has told of no container and of no virtual machine.'
  return (
    <div className="space-y-5">
      <WorkloadPanel
        title="Containers and machines"
        rows={data?.data}
        error={error}
        none={none}
        withHost={false}
        action={<PictureLink asked={{ of: host.id }} />}
      />
      <Targets host={host} />
    </div>
  )
}

function Targets({ host: { info } }: { host: HostView }) {
  const targets = info?.attachTargets
  if (targets === undefined) {
    return <Note>What can run them here is not known: its agent is older, or does not run as root.</Note>
  }
  if (targets.length === 0) return <Note>Neither Docker nor LXC nor libvirt is on this host.</Note>
  const words = ({ version, problem }: (typeof targets)[number]) => problem ?? version ?? 'Version not known'
  const open = targets.flatMap(({ target, gateProblem }) =>
    gateProblem === undefined ? [] : [{ target, gateProblem }],
  )
  return (
    <>
      <Panel title="Run in">
        <Facts items={targets.map((each) => [targetWords(each.target), words(each)])} />
      </Panel>
      {open.map(({ target, gateProblem }) => (
        <Note key={target} kind="warning" title={`${targetWords(target)} starts what has its storage away`}>
          {gateProblem}
        </Note>
      ))}
    </>
  )
}

function WorkloadPanel({
  title,
  rows,
  error,
  none,
  withHost,
  action,
}: {
  title: string
  rows: readonly WorkloadRow[] | undefined
  error: Error | null
  none: string
  withHost: boolean
  action: ReactNode
}) {
  if (error !== null && rows === undefined) return <ProblemNote error={error} />
  return (
    <Panel title={title} action={action} flush>
      {rows === undefined ? (
        <Skeleton className="m-4 h-5" />
      ) : rows.length === 0 ? (
        <p className="px-4 py-3 text-13 text-muted">{none}</p>
      ) : (
        <ul className="divide-y divide-line">
          {rows.map((row) => (
            <li
              key={row.id}
              className="relative flex flex-wrap items-center gap-x-3 gap-y-0.5 px-4 py-2 text-13 hover:bg-hover"
            >
              <RowLink href={`/workloads/${row.id}`} className="min-w-0 flex-1 truncate font-medium" title={row.name}>
                {row.name}
              </RowLink>
              <span className="text-muted">
                {targetWords(row.target)}
                {withHost && ` on ${row.host.name}`}
              </span>
              <Status {...wordOfWorkload(row)} title={row.problem ?? undefined} className="w-24" />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}
