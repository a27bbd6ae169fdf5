import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test, vi } from 'vitest'
import { AlertDetail } from '@/components/alerts/alert-detail'
import { alertOne, alertsOpen } from '@/components/alerts/alert-queries'
import { lastedWords, severityOf, statusOf } from '@/components/alerts/alert-words'
import { AlertsPage } from '@/components/alerts/alerts-page'
import { ConsoleProvider } from '@/components/layout/person'
import { ColumnsProvider } from '@/components/ui/table/columns-provider'
import { TimesProvider } from '@/components/ui/times'
import type { AlertDetail as Alert } from '@/lib/alerts/schema'
import { AtAddress } from '@/testing/console/at-address'

vi.mock('@/components/layout/top-bar', () => ({ TopBar: () => null }))

const NOBODY = { total: 0, first: [] }
const ALERT: Alert = {
  id: 'alr_1',
  cause_id: 'cau_1',
  kind: 'capacity',
  severity: 'warning',
  state: 'open',
  subject: { kind: 'backend', id: 'bkd_1', name: 'media' },
  title: 'media is 91 % full',
  advice: 'Free some space there.',
  reach: {
    hosts: { total: 4, first: [{ id: 'hst_1', name: 'web-1' }] },
    mounts: NOBODY,
    backends: NOBODY,
    pools: NOBODY,
    volumes: NOBODY,
  },
  first_seen_at: '2026-11-29T12:00:00.000Z',
  opened_at: '2026-11-29T12:05:00.000Z',
  gone_since: null,
  cleared_at: null,
  returns: 0,
  acknowledged: null,
  maintenance: null,
  folded_below: null,
  folded: [],
  events: [
    {
      at: '2026-11-29T12:05:00.000Z',
      kind: 'opened',
      severity: 'warning',
      by: null,
      note: null,
      until: null,
    },
  ],
}
const KNOWN = { by: 'anna', at: '2026-11-29T13:00:00.000Z', note: 'Disks come on Monday.', until: null }

function drawn(what: 'page' | 'detail', alerts: Alert[], permissions: string[] = ['attention.write']): string {
  const client = new QueryClient()
  client.setQueryData(alertsOpen().queryKey, { data: alerts, total: alerts.length })
  for (const alert of alerts) client.setQueryData(alertOne(alert.id).queryKey, alert)
  const person = { id: 'usr_1', name: 'anna', role: 'operator', permissions }
  const html = renderToStaticMarkup(
    <AtAddress path="/alerts">
      <ConsoleProvider value={{ person, types: [], isDemo: false }}>
        <TimesProvider initial={{ zone: 'UTC', style: 'relative' }}>
          <ColumnsProvider initial={{}}>
            <QueryClientProvider client={client}>
              {what === 'page' ? <AlertsPage /> : <AlertDetail id={alerts[0]?.id ?? ''} />}
            </QueryClientProvider>
          </ColumnsProvider>
        </TimesProvider>
      </ConsoleProvider>
    </AtAddress>,
  )
  return html.replaceAll(/\s+/g, ' ')
}

const text = (html: string) => html.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ')

test('the list says what is wrong, leads to it, and says so when nothing is', () => {
  const html = drawn('page', [ALERT])
  expect(html).toContain('href="/alerts/alr_1"')
  expect(text(html)).toMatch(/media is 91 % full on web-1/)
  expect(text(drawn('page', []))).toContain('Nothing is wrong')
})

test('the page of an alert has what helps, what became of it, and what a person may do', () => {
  const html = drawn('detail', [ALERT])
  expect(html).toContain('href="/backends/bkd_1"')
  expect(text(html)).toContain('What to do: Free some space there.')
  expect(text(html)).toContain('Opened: warning')
  expect(text(html)).toContain('web-1 and 3 more')
  expect(text(html)).toContain('Acknowledge')
  expect(text(drawn('detail', [ALERT], []))).not.toContain('Acknowledge')
})

test('of one that is acknowledged it says by whom, and offers to take it back; of one that is over it offers nothing', () => {
  const known = text(drawn('detail', [{ ...ALERT, state: 'acknowledged', acknowledged: KNOWN }]))
  expect(known).toContain('Disks come on Monday. anna')
  expect(known).toContain('Take back')
  const over = text(drawn('detail', [{ ...ALERT, state: 'cleared', cleared_at: '2026-11-29T12:47:00.000Z' }]))
  expect(over).toContain('42 min')
  expect(over).not.toContain('Acknowledge')
  expect(over).not.toContain('What to do')
})

test('what is acknowledged or over is quieter', () => {
  expect(severityOf({ severity: 'critical', state: 'open' })).toEqual({ tone: 'critical', word: 'Critical' })
  expect(severityOf({ severity: 'critical', state: 'silenced' })).toEqual({ tone: 'off', word: 'Critical' })
  expect(statusOf({ severity: 'critical', state: 'cleared' })).toEqual({ tone: 'healthy', word: 'Over' })
  expect(lastedWords(ALERT, Date.parse('2026-11-29T15:05:00Z'))).toBe('3 h')
})
