'use client'

import { useQuery } from '@tanstack/react-query'
import { Boxes, Network, Rows3 } from 'lucide-react'
import { usePollInterval } from '@/components/data/live'
import { ProblemNote } from '@/components/data/problem-note'
import { Page } from '@/components/layout/page'
import { EmptyState, Skeleton } from '@/components/ui/feedback'
import { StatusBadge } from '@/components/ui/status'
import { useUrlParameter } from '@/components/ui/use-url-parameter'
import { ViewSwitch } from '@/components/ui/view-switch'
import { BreaksNote } from '@/components/uses/breaks-note'
import { type Asked, KINDS, pathOf, usesOf, usesPath } from '@/components/uses/kinds'
import { UsesList } from '@/components/uses/uses-list'
import { UsesPicture } from '@/components/uses/uses-picture'
import type { UsesView } from '@/lib/uses/schema'

/** Who uses something and what it needs: as a picture where there is room, and as a list. */
export function UsesPage({ asked }: { asked: Asked }) {
  const { data: view, error } = useQuery({ ...usesOf(asked), refetchInterval: usePollInterval() })
  const [shown] = useUrlParameter('view')
  const current = shown === 'list' ? 'list' : 'picture'
  const here = usesPath(asked)
  const views = [
    { id: 'picture', href: here, label: 'Picture', icon: Network },
    { id: 'list', href: `${here}&view=list`, label: 'List', icon: Rows3 },
  ]
  return (
    <Page
      crumbs={view === undefined ? [{ label: 'Who uses what' }] : crumbsOf(view)}
      title={view === undefined ? 'Who uses what' : titleOf(view)}
      status={view?.of.state && <StatusBadge {...view.of.state} />}
      actions={
        <div className="max-md:hidden">
          <ViewSwitch views={views} current={current} />
        </div>
      }
    >
      {error !== null && view === undefined && <ProblemNote error={error} />}
      {view === undefined && error === null && <Skeleton className="h-40" />}
      {view !== undefined && <Uses view={view} isPicture={current === 'picture'} />}
    </Page>
  )
}

/** Nothing uses what runs. */
function titleOf({ of: { kind, name } }: UsesView): string {
  return kind === 'workload' ? `What ${name} needs` : `Who uses ${name}`
}

function crumbsOf({ of }: UsesView) {
  const { path, heading } = KINDS[of.kind]
  if (path === null) return [{ label: 'Backends', href: '/backends' }, { label: of.name }]
  return [
    { label: of.kind === 'host' ? 'Hosts' : of.kind === 'workload' ? 'Workloads' : heading, href: path },
    { label: of.name, href: pathOf(of) },
    { label: 'Who uses what' },
  ]
}

function Uses({ view, isPicture }: { view: UsesView; isPicture: boolean }) {
  if (view.needed_by.length + view.needs.length === 0) {
    return (
      <EmptyState icon={Boxes} title={`Nothing depends on ${view.of.name}`}>
        No mount, pool or volume lies on it, and no container or machine uses one.
      </EmptyState>
    )
  }
  return (
    <div className="space-y-5">
      {view.of.kind !== 'workload' && <BreaksNote view={view} />}
      {isPicture && (
        <div className="max-md:hidden">
          <UsesPicture view={view} />
          {view.is_cut && <p className="mt-2 text-12 text-muted">There is more than is shown here.</p>}
        </div>
      )}
      <div className={isPicture ? 'md:hidden' : undefined}>
        <UsesList view={view} />
      </div>
    </div>
  )
}
