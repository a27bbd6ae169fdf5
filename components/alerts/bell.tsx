'use client'

import { useQuery } from '@tanstack/react-query'
import { Bell as BellIcon } from 'lucide-react'
import { alertSummary } from '@/components/alerts/alert-queries'
import { bellWords } from '@/components/alerts/alert-words'
import { usePollInterval } from '@/components/data/live'
import { countWords } from '@/components/layout/use-trouble'
import { Menu, MenuItem, MenuLabel, MenuSeparator } from '@/components/ui/menu'
import { RelativeTime } from '@/components/ui/relative-time'
import { StatusShape } from '@/components/ui/status'
import type { AlertSummary } from '@/lib/alerts/schema'
import { SEVERITIES } from '@/lib/attention/severities'

const NOTHING: AlertSummary = { total: 0, counts: { critical: 0, warning: 0, drift: 0 }, first: [] }

/** How many alerts need somebody, by how bad they are; it opens the worst few. */
export function Bell() {
  const { counts, total, first } = useQuery({ ...alertSummary(), refetchInterval: usePollInterval() }).data ?? NOTHING
  return (
    <Menu
      trigger={
        <button
          type="button"
          className="inline-flex h-8 items-center gap-1.5 rounded-md px-2 text-13 text-muted hover:bg-hover hover:text-ink data-popup-open:bg-hover"
          aria-label={bellWords(counts)}
        >
          <BellIcon aria-hidden className="size-4" strokeWidth={1.75} />
          {SEVERITIES.filter((severity) => counts[severity] > 0).map((severity) => (
            // A phone has room for the worst alone.
            <span key={severity} className="inline-flex items-center gap-1 max-sm:not-first-of-type:hidden">
              <StatusShape tone={severity} />
              <span className="tabular">{countWords(counts[severity])}</span>
            </span>
          ))}
        </button>
      }
    >
      {first.length === 0 && <MenuLabel>Nothing needs anybody.</MenuLabel>}
      {first.map(({ id, severity, title, opened_at }) => (
        <MenuItem key={id} href={`/alerts/${id}`}>
          <StatusShape tone={severity} className="mt-1 self-start" />
          <span className="min-w-0 flex-1">
            <span className="line-clamp-2">{title}</span>
            <span className="block text-12 text-muted">
              <RelativeTime at={opened_at} />
            </span>
          </span>
        </MenuItem>
      ))}
      <MenuSeparator />
      <MenuItem href="/alerts">{total > first.length ? `All ${total} alerts` : 'All alerts'}</MenuItem>
    </Menu>
  )
}
