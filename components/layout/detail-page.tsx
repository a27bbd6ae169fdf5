'use client'

import type { ReactNode } from 'react'
import { AlertsAbout } from '@/components/alerts/alerts-about'
import { Page } from '@/components/layout/page'
import { RawObject } from '@/components/layout/raw-object'
import { MaintenanceAbout, MaintenanceNote } from '@/components/maintenance/maintenance-about'
import { type Tab, Tabs } from '@/components/ui/tabs'

/** The page of one thing: Overview · where it is used · History · Settings · Raw. */
export function DetailPage({
  id,
  noun,
  list,
  name,
  icon,
  status,
  subtitle,
  actions,
  notes,
  overview,
  uses,
  history,
  settings,
  raw,
  children,
}: {
  id: string
  noun: string
  list: { label: string; href: string }
  name: string
  /** Stands before the name: what kind of storage it is. */
  icon?: ReactNode
  status: ReactNode
  subtitle: ReactNode
  actions: ReactNode
  /** What is to be known on every tab. */
  notes?: ReactNode
  overview: ReactNode
  uses: readonly Tab[]
  /** What was done with it; what is planned, and the alerts about it, stand before that. */
  history: ReactNode
  settings: ReactNode
  /** As the API gives it, and where. */
  raw: { path: string; value: unknown }
  /** Dialogs. */
  children?: ReactNode
}) {
  const tabs: Tab[] = [
    { id: 'overview', label: 'Overview', content: overview },
    ...uses,
    {
      id: 'history',
      label: 'History',
      content: (
        <div className="space-y-5">
          <MaintenanceAbout noun={noun} id={id} name={name} />
          <AlertsAbout subjectId={id} />
          {history}
        </div>
      ),
    },
    { id: 'settings', label: 'Settings', content: settings },
    { id: 'raw', label: 'Raw', content: <RawObject {...raw} /> },
  ]
  return (
    <Page
      crumbs={[list, { label: name }]}
      title={name}
      icon={icon}
      status={status}
      subtitle={subtitle}
      actions={actions}
    >
      <MaintenanceNote noun={noun} id={id} />
      {notes}
      <Tabs label={`About this ${noun}`} tabs={tabs} />
      {children}
    </Page>
  )
}
