'use client'

import { useQuery } from '@tanstack/react-query'
import { alertsAbout } from '@/components/alerts/alert-queries'
import { lastedWords, STATE_WORDS, severityOf } from '@/components/alerts/alert-words'
import { usePollInterval } from '@/components/data/live'
import { Panel } from '@/components/ui/feedback'
import { RelativeTime, useNow } from '@/components/ui/relative-time'
import { RowLink } from '@/components/ui/row-link'
import { StatusShape } from '@/components/ui/status'
import type { AlertView } from '@/lib/alerts/schema'

function Line({ alert }: { alert: AlertView }) {
  const { tone, word } = severityOf(alert)
  const lasted = lastedWords(alert, useNow())
  return (
    <li className="relative flex items-center gap-2.5 px-4 py-2 text-13 hover:bg-hover">
      <StatusShape tone={tone} title={word} />
      <RowLink href={`/alerts/${alert.id}`} className="min-w-0 flex-1 truncate">
        {alert.title}
      </RowLink>
      <span className="text-12 text-muted max-sm:hidden" suppressHydrationWarning>
        {STATE_WORDS[alert.state]}
        {alert.state === 'cleared' ? ` after ${lasted}` : ''}
      </span>
      <RelativeTime at={alert.opened_at} className="shrink-0 text-12 text-muted" />
    </li>
  )
}

/** The latest alerts about one host, backend, mount, pool, volume or notifier; nothing where there were none. */
export function AlertsAbout({ subjectId }: { subjectId: string }) {
  const { data } = useQuery({ ...alertsAbout(subjectId), refetchInterval: usePollInterval() })
  if (!data || data.data.length === 0) return null
  const more = data.total - data.data.length
  return (
    <Panel title="Alerts" flush>
      <ul className="divide-y divide-line">
        {data.data.map((alert) => (
          <Line key={alert.id} alert={alert} />
        ))}
      </ul>
      {more > 0 && <p className="border-t border-line px-4 py-2 text-12 text-muted">{more} older ones</p>}
    </Panel>
  )
}
