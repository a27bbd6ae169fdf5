import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test, vi } from 'vitest'
import { ConsoleProvider } from '@/components/layout/person'
import { NotifierDetail } from '@/components/notifiers/notifier-detail'
import { deliveryList, heartbeatOne, notifierList, notifierOne } from '@/components/notifiers/notifier-queries'
import { bodyOf, errorsOf, isNarrowed, isTimed, valuesOf } from '@/components/notifiers/notifier-values'
import { deliveryStatus, heartbeatStatus, notifierStatus, rulesWords } from '@/components/notifiers/notifier-words'
import { NotifiersPage } from '@/components/notifiers/notifiers-page'
import { TimesProvider } from '@/components/ui/times'
import type { HeartbeatView } from '@/lib/heartbeat/schema'
import { ALL_NOTIFIERS, notifierByType } from '@/lib/notifiers/registry'
import { type DeliveryView, NotifierRules, type NotifierView } from '@/lib/notifiers/schema'
import { AtAddress } from '@/testing/console/at-address'

vi.mock('@/components/layout/top-bar', () => ({ TopBar: () => null }))

const STORED: NotifierView = {
  id: 'ntf_1',
  name: 'On call',
  type: 'webhook',
  target: 'hooks.example.com/in',
  enabled: true,
  config: { url: 'https://hooks.example.com/in' },
  secrets: { signing_key: { has_secret: true, fingerprint: '01234567', updated_at: '2026-11-29T12:00:00.000Z' } },
  rules: NotifierRules.parse({ min_severity: 'critical', after_minutes: 7, host_labels: { role: 'db', site: '' } }),
  sent_at: null,
  failed_since: '2026-11-29T12:00:00.000Z',
  last_error: 'HTTP 403: no',
  waiting: 2,
  generation: 1,
  created_at: '2026-11-29T12:00:00.000Z',
  updated_at: '2026-11-29T12:00:00.000Z',
}
const DELIVERY: DeliveryView = {
  id: 'dlv_1',
  message_id: 'dlv_2',
  alert_id: 'alr_1',
  event: 'opened',
  severity: 'critical',
  title: 'nas does not answer',
  status: 'waiting',
  attempts: 2,
  created_at: '2026-11-29T12:00:00.000Z',
  next_attempt_at: '2026-11-29T12:10:00.000Z',
  ended_at: null,
  answer: 'HTTP 403: no',
}

const HEARTBEAT: HeartbeatView = {
  enabled: true,
  target: 'hc-ping.com',
  fingerprint: '01234567',
  ca_certificate: null,
  every_minutes: 5,
  taken_at: '2026-11-29T12:00:00.000Z',
  failed_since: null,
  answer: 'HTTP 200: OK',
  withheld_since: null,
  withheld: null,
  next_at: '2026-11-29T12:05:00.000Z',
  updated_at: '2026-11-29T12:00:00.000Z',
}

function drawn(
  what: 'page' | 'detail',
  notifiers: NotifierView[],
  permissions = ['notifiers.write'],
  heartbeat: HeartbeatView | null = null,
): string {
  const client = new QueryClient()
  client.setQueryData(notifierList().queryKey, { data: notifiers, total: notifiers.length })
  client.setQueryData(notifierOne(STORED.id).queryKey, STORED)
  client.setQueryData(heartbeatOne().queryKey, heartbeat)
  client.setQueryData(deliveryList(STORED.id).queryKey, {
    data: [DELIVERY, { ...DELIVERY, id: 'dlv_3', title: 'db-1 does not answer' }],
    total: 4,
  })
  const person = { id: 'usr_1', name: 'anna', role: 'operator', permissions }
  const html = renderToStaticMarkup(
    <AtAddress path="/settings/notifiers">
      <ConsoleProvider value={{ person, types: [], isDemo: false }}>
        <TimesProvider initial={{ zone: 'UTC', style: 'relative' }}>
          <QueryClientProvider client={client}>
            {what === 'page' ? <NotifiersPage /> : <NotifierDetail id={STORED.id} />}
          </QueryClientProvider>
        </TimesProvider>
      </ConsoleProvider>
    </AtAddress>,
  )
  const text = html.replaceAll('&#x27;', "'").replaceAll('&quot;', '"')
  return text.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ')
}

test('the list says where each goes, what it tells of and that it is not taken, and teaches when it is empty', () => {
  const page = drawn('page', [STORED])
  for (const words of [
    'On call',
    'hooks.example.com/in',
    'Critical alerts only',
    'Not taken',
    'HTTP 403: no',
    '2 waiting',
  ])
    expect(page).toContain(words)
  expect(page).toContain('New notifier')
  expect(drawn('page', [])).toContain('Let people hear of alerts')
  expect(drawn('page', [], [])).not.toContain('New notifier')
})

test('a notifier shows its messages with what was answered, and only who may change it can test it', () => {
  const page = drawn('detail', [STORED])
  const words = ['Opened:', 'nas does not answer', 'Tried again', '2 in one message', '2 attempts', '2 older ones']
  for (const one of [...words, 'Test', 'Delete']) expect(page).toContain(one)
  expect(drawn('detail', [STORED], [])).not.toContain('Delete')
})

test("the dead-man's switch says what it pings, what is answered, and why it does not", () => {
  const none = drawn('page', [])
  for (const words of ["Dead-man's switch", 'Who watches Holdfast?', 'Set it up']) expect(none).toContain(words)
  expect(drawn('page', [], [])).not.toContain('Set it up')
  const well = drawn('page', [], undefined, HEARTBEAT)
  for (const words of ['hc-ping.com, every 5 minutes', 'HTTP 200: OK', 'Ping now', 'Remove'])
    expect(well).toContain(words)
  const since = '2026-11-29T12:10:00.000Z'
  const unwell = { ...HEARTBEAT, withheld_since: since, withheld: 'Hosts have not been asked for 3 min.' }
  expect(drawn('page', [], undefined, unwell)).toContain('Hosts have not been asked for 3 min.')
  const words = [HEARTBEAT, unwell, { ...HEARTBEAT, failed_since: since }, { ...HEARTBEAT, taken_at: null }]
  expect(words.map((one) => heartbeatStatus(one).word)).toEqual(['Well', 'Not pinged', 'Not taken', 'Not pinged yet'])
})

test('words follow from what is', () => {
  expect(notifierStatus({ enabled: false, failed_since: 'x', sent_at: null }).word).toBe('Switched off')
  expect(notifierStatus({ enabled: true, failed_since: null, sent_at: null }).word).toBe('Not used yet')
  expect(deliveryStatus({ status: 'failed', attempts: 11 }).word).toBe('Given up')
  expect(rulesWords({ ...STORED.rules, most_per_hour: 5 })).toContain(' · at most 5 in an hour')
  expect(rulesWords(STORED.rules)).toBe(
    'Critical alerts only · on hosts with role=db, site= · when nobody has acknowledged them for 7 min',
  )
})

test.each(ALL_NOTIFIERS.map(({ id }) => id))('the form of %s names what is missing, and nothing else', (type) => {
  const descriptor = notifierByType(type)
  const errors = errorsOf(descriptor, valuesOf(descriptor, undefined), undefined)
  expect(errors.name).toBeDefined()
  for (const key of Object.keys(errors.config ?? {})) expect(Object.keys(descriptor.fields)).toContain(key)
  expect(Object.keys(errors.config ?? {})).not.toHaveLength(0)
})

test('a stored one is sent back as it is, its secrets left out, and asks for them again when it goes elsewhere', () => {
  const descriptor = notifierByType('webhook')
  const values = valuesOf(descriptor, STORED)
  expect(errorsOf(descriptor, values, STORED)).toEqual({})
  expect(bodyOf(descriptor, values, STORED)).toEqual({
    name: 'On call',
    enabled: true,
    config: { url: 'https://hooks.example.com/in', ca_certificate: null },
    rules: STORED.rules,
  })
  // What is set does not hide in a fold.
  expect([isNarrowed(values), isTimed(values)]).toEqual([true, true])
  const fresh = valuesOf(descriptor, undefined)
  expect([isNarrowed(fresh), isTimed(fresh)]).toEqual([false, false])
  const moved = { ...values, config: { ...values.config, url: 'https://b.example/' } }
  expect(errorsOf(descriptor, moved, STORED).config?.signing_key?.message).toContain('Enter it again')
  const wrong = {
    ...values,
    host_labels: 'Role=db',
    most_per_hour: Number.NaN,
    quiet: { ...values.quiet, isOn: true, time_zone: 'Mars/Base' },
  }
  const errors = errorsOf(descriptor, wrong, STORED)
  expect(errors.host_labels?.message).toContain('lower-case')
  expect(errors.most_per_hour?.message).toBe('Write a whole number of messages.')
  expect(errors.quiet?.time_zone?.message).toContain('no such time zone')
})
