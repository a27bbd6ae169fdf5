'use client'

import { useQuery } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { alertsOpen, alertsPast, PAST_SHOWN } from '@/components/alerts/alert-queries'
import { AlertsTable } from '@/components/alerts/alerts-table'
import { usePollInterval } from '@/components/data/live'
import { Tabs } from '@/components/ui/tabs'
import type { AlertView } from '@/lib/alerts/schema'

const MaintenanceTab = dynamic(() =>
  import('@/components/maintenance/maintenance-tab').then((module) => module.MaintenanceTab),
)
const RulesTab = dynamic(() => import('@/components/alerts/rules-tab').then((module) => module.RulesTab))

const NONE: AlertView[] = []

function Past() {
  const { data } = useQuery({ ...alertsPast(), refetchInterval: usePollInterval() })
  const more = (data?.total ?? 0) - (data?.data.length ?? 0)
  if (!data) return null
  return (
    <AlertsTable
      noun="past alerts"
      alerts={data.data}
      defaultSort="opened.desc"
      empty={{ title: 'Nothing is over yet', text: 'An alert that is over stands here for 400 days.' }}
      footer={
        more > 0 && (
          <p className="mt-3 text-12 text-muted">
            The latest {PAST_SHOWN} are shown; {more} older ones can be read through the API.
          </p>
        )
      }
    />
  )
}

/** What is wrong and has lasted, what was, what is expected, and from where on it is told. */
export function AlertsPage() {
  const { data } = useQuery({ ...alertsOpen(), refetchInterval: usePollInterval() })
  const alerts = data?.data ?? NONE
  return (
    <Tabs
      label="Alerts"
      tabs={[
        {
          id: 'now',
          label: 'Now',
          count: data?.total,
          content: (
            <AlertsTable
              noun="alerts"
              alerts={alerts}
              defaultSort="severity.asc"
              empty={{
                title: 'Nothing is wrong',
                text: 'What needs somebody and lasts stands here: a storage that fills up, a host or a server that is silent, a mount that is not as wanted.',
              }}
            />
          ),
        },
        { id: 'past', label: 'Past', content: <Past /> },
        { id: 'maintenance', label: 'Maintenance', content: <MaintenanceTab /> },
        { id: 'rules', label: 'Rules', content: <RulesTab /> },
      ]}
    />
  )
}
