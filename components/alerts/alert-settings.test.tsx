import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { alertRules, alertSummary } from '@/components/alerts/alert-queries'
import { Bell } from '@/components/alerts/bell'
import { ruleInWords } from '@/components/alerts/rule-words'
import { RulesTab } from '@/components/alerts/rules-tab'
import { ConsoleProvider } from '@/components/layout/person'
import { MaintenanceAbout, MaintenanceNote } from '@/components/maintenance/maintenance-about'
import { maintenanceList, maintenanceOf } from '@/components/maintenance/maintenance-queries'
import { MaintenanceTab } from '@/components/maintenance/maintenance-tab'
import { bodyOf, firstValues, timingWords, valuesOf } from '@/components/maintenance/maintenance-words'
import { TimesProvider } from '@/components/ui/times'
import type { RuleView } from '@/lib/alert-rules/schema'
import type { AlertSummary } from '@/lib/alerts/schema'
import { CreateMaintenance, type MaintenanceView } from '@/lib/maintenance/schema'
import { AtAddress } from '@/testing/console/at-address'

const NOW = new Date('2026-11-30T12:00:00Z')
const WINDOW: MaintenanceView = {
  id: 'mtw_1',
  reason: 'New disks',
  subjects: [{ kind: 'backend', id: 'bkd_1', name: 'media' }],
  timing: { repeat: 'weekly', on: ['sunday', 'monday'], at: '03:00', minutes: 120, time_zone: 'Europe/Vienna' },
  state: 'active',
  active_until: '2026-11-30T13:00:00.000Z',
  next_at: '2026-12-06T02:00:00.000Z',
  by: 'anna',
  created_at: '2026-11-01T12:00:00.000Z',
  updated_at: '2026-11-01T12:00:00.000Z',
}
const RULE: RuleView = {
  kind: 'capacity',
  enabled: true,
  warning: 80,
  critical: 95,
  unit: 'percent',
  least: 10,
  most: 100,
  lasts_minutes: 5,
  standard: { enabled: true, warning: 90, critical: 95, lasts_minutes: 5 },
  subjects: ['backend', 'pool'],
  overrides: [
    {
      subject: { kind: 'pool', id: 'pol_1', name: 'vms' },
      enabled: false,
      warning: null,
      critical: null,
      in_force: { enabled: false, warning: 80, critical: 95 },
    },
  ],
  by: 'anna',
  updated_at: '2026-11-01T12:00:00.000Z',
}

function drawn(what: ReactNode, data: [readonly unknown[], unknown][], permissions: string[] = []): string {
  const client = new QueryClient()
  for (const [key, value] of data) client.setQueryData(key, value)
  const person = { id: 'usr_1', name: 'anna', role: 'admin', permissions }
  const html = renderToStaticMarkup(
    <AtAddress>
      <ConsoleProvider value={{ person, types: [], isDemo: false }}>
        <TimesProvider initial={{ zone: 'UTC', style: 'relative' }}>
          <QueryClientProvider client={client}>{what}</QueryClientProvider>
        </TimesProvider>
      </ConsoleProvider>
    </AtAddress>,
  )
  return html.replaceAll(/\s+/g, ' ')
}

const text = (html: string) => html.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ')
const ALL = ['attention.write', 'system.admin']

test('the bell counts by severity, and says so to who does not see it', () => {
  const summary: AlertSummary = { total: 120, counts: { critical: 2, warning: 118, drift: 0 }, first: [] }
  const html = drawn(<Bell />, [[alertSummary().queryKey, summary]])
  expect(html).toContain('aria-label="Alerts: 2 critical, 118 warning"')
  expect(text(html)).toMatch(/2 .*99\+/)
  expect(drawn(<Bell />, [])).toContain('aria-label="Alerts: none"')
})

test('rules are said in words, with what is different for one, and changed by who may', () => {
  const data: [readonly unknown[], unknown][] = [[alertRules().queryKey, { data: [RULE], total: 1 }]]
  const html = text(drawn(<RulesTab />, data, ALL))
  expect(html).toContain('Warning from 80 % on, critical from 95 % on, told after 5 min · changed by anna')
  expect(html).toMatch(/vms Off/)
  expect(html).toContain('Change')
  expect(text(drawn(<RulesTab />, data))).not.toContain('Change')
  expect(ruleInWords({ ...RULE, unit: 'minutes', warning: 240, critical: 1_440, lasts_minutes: 90 })).toBe(
    'Warning from 4 h on, critical from 1 day on, told after 90 min',
  )
  expect(ruleInWords({ ...RULE, unit: 'days', warning: 7, critical: null, lasts_minutes: 0 })).toBe(
    'Warning with 7 days left, told when it is seen twice',
  )
})

test('maintenance is listed with what it is about and when, and planned by who may', () => {
  const windows = { data: [WINDOW], total: 1 }
  const html = drawn(<MaintenanceTab />, [[maintenanceList().queryKey, windows]], ALL)
  expect(html).toContain('href="/backends/bkd_1"')
  expect(text(html)).toContain('Every Sunday and Monday at 03:00 (Europe/Vienna), for 2 h · anna')
  expect(html).toContain('aria-label="Delete New disks"')
  const none: [readonly unknown[], unknown][] = [[maintenanceList().queryKey, { data: [], total: 0 }]]
  expect(text(drawn(<MaintenanceTab />, none, ALL))).toContain('Plan maintenance')
  expect(text(drawn(<MaintenanceTab />, none))).not.toContain('Plan maintenance')
})

test('the page of what is worked on says so, and other pages do not', () => {
  const data: [readonly unknown[], unknown][] = [[maintenanceOf('bkd_1').queryKey, { data: [WINDOW], total: 1 }]]
  expect(text(drawn(<MaintenanceNote noun="backend" id="bkd_1" />, data))).toContain('In maintenance: New disks')
  expect(drawn(<MaintenanceNote noun="volume" id="vol_1" />, data)).toBe('')
  expect(drawn(<MaintenanceAbout noun="mount" id="mnt_1" name="m" />, data, ALL)).toBe('')
  expect(text(drawn(<MaintenanceAbout noun="backend" id="bkd_1" name="media" />, data))).toContain('New disks')
})

test('the form gives back what it was given, and times by the clock of the browser', () => {
  const { subjects, reason, timing } = WINDOW
  const sent = bodyOf(valuesOf(WINDOW, NOW, 'UTC'))
  expect(sent).toEqual({ reason, timing, subjects: [{ kind: 'backend', id: 'bkd_1' }] })
  const once = bodyOf({ ...firstValues(subjects, NOW, 'UTC'), reason })
  expect(CreateMaintenance.parse(once).timing).toEqual({
    repeat: 'once',
    from: '2026-11-30T12:00:00.000Z',
    until: '2026-11-30T14:00:00.000Z',
  })
  expect(bodyOf({ ...firstValues(subjects, NOW, 'UTC'), until: '' }).timing).toMatchObject({ until: null })
  expect(timingWords(CreateMaintenance.parse(once).timing)).toBe('Once, for 2 h')
})
