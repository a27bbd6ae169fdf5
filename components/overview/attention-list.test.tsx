import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { ConsoleProvider } from '@/components/layout/person'
import { AttentionList } from '@/components/overview/attention-list'
import { hrefOf, openWord, reachWords } from '@/components/overview/cause-words'
import { TimesProvider } from '@/components/ui/times'
import type { AttentionView, CauseView } from '@/lib/attention/schema'
import { AtAddress } from '@/testing/console/at-address'

function reached(total: number, noun: string): CauseView['reach']['hosts'] {
  const first = Array.from({ length: Math.min(total, 3) }, (_, at) => ({ id: `${noun}_${at}`, name: `${noun}-${at}` }))
  return { total, first }
}

function cause(over: Partial<CauseView> = {}, hosts = 0, mounts = 0, backends = 0): CauseView {
  const subject: CauseView['subject'] = { kind: 'backend', id: 'bkd_1', name: 'media' }
  return {
    id: 'cau_1',
    kind: 'storage',
    severity: 'critical',
    subject,
    title: 'media: The server does not answer.',
    advice: 'Check that the server is switched on.',
    reach: {
      hosts: reached(hosts, 'web'),
      mounts: reached(mounts, 'm'),
      backends: reached(backends, 'b'),
      pools: reached(0, 'p'),
      volumes: reached(0, 'v'),
    },
    remedy: null,
    since: null,
    acknowledged: null,
    maintenance: null,
    ...over,
  }
}

function drawn(data: CauseView[], permissions: string[] = [], over: Partial<AttentionView> = {}): string {
  const acknowledged = data.filter((one) => one.acknowledged !== null).length
  const in_maintenance = data.filter((one) => one.maintenance !== null).length
  const counts = { backends: 0, mounts: 0, hosts: 0, pools: 0, volumes: 0 }
  const person = { id: 'usr_1', name: 'anna', role: 'operator', permissions }
  return renderToStaticMarkup(
    <AtAddress>
      <ConsoleProvider value={{ person, types: [], isDemo: false }}>
        <TimesProvider initial={{ zone: 'UTC', style: 'relative' }}>
          <QueryClientProvider client={new QueryClient()}>
            <AttentionList attention={{ data, total: data.length, acknowledged, in_maintenance, counts, ...over }} />
          </QueryClientProvider>
        </TimesProvider>
      </ConsoleProvider>
    </AtAddress>,
  )
}

const text = (html: string) => html.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ')
const KNOWN = { by: 'anna', at: '2026-11-29T12:00:00.000Z', note: 'A disk is on its way.', until: null }
const ALL = ['attention.write', 'mounts.write', 'backends.test']

test('a calm sentence when nothing needs anybody', () => {
  expect(text(drawn([])).trim()).toBe('Everything is as you want it.')
})

test('one line per cause with its reach, its advice and what helps', () => {
  const retry = cause({ remedy: 'sync' }, 1, 1, 1)
  const test = cause({ id: 'cau_2', remedy: 'test' }, 5, 4, 1)
  const html = drawn([retry, test], ALL)
  expect(text(html)).toContain('Needs attention 2')
  expect(text(html)).toContain('media : The server does not answer on web-0')
  expect(text(html)).toContain('4 mounts on web-0, web-1 and 3 more')
  expect(text(html)).toContain('Check that the server is switched on. Test')
  expect(html).toContain('>Retry</button>')
  expect(html).toContain('aria-label="Acknowledge media"')
})

test('a sentence that speaks of the host is followed by its name', () => {
  const title = 'media: The server does not let the host in.'
  expect(text(drawn([cause({ title }, 1, 1, 1)]))).toContain('does not let the host in (web-0)')
  expect(text(drawn([cause({ title }, 4, 1, 1)]))).toContain('does not let the host in (web-0, web-1 and 2 more)')
})

test('times and buttons have columns of their own, also where no time is known; a phone reads the advice', () => {
  const html = drawn([cause({ since: '2026-11-29T12:00:00.000Z' }), cause({ id: 'cau_2' })], ALL)
  expect(html.match(/<span class="min-w-18[^>]*>/g)).toHaveLength(2)
  expect(html.match(/<span class="flex shrink-0 justify-end sm:w-22">/g)).toHaveLength(2)
  const advice = /<p title="Check that the server is switched on\." class="([^"]*)"/.exec(html)?.[1]
  expect(advice).toBeDefined()
  expect(advice).not.toContain('hidden')
})

test('who may not act is led to it instead', () => {
  const html = drawn([cause({ remedy: 'sync' }, 1, 1, 1), cause({ id: 'cau_2', remedy: 'test' }, 1, 2, 1)])
  expect(html).not.toContain('<button')
  expect(html).toContain('href="/backends/bkd_1"')
})

test('what is acknowledged is one quiet line, and no number', () => {
  const acknowledged = ['cau_2', 'cau_3'].map((id) => cause({ id, title: 'media is gone', acknowledged: KNOWN }))
  const html = drawn([cause(), ...acknowledged], ALL)
  expect(text(html)).toContain('Needs attention 1')
  expect(text(html)).toContain('2 acknowledged')
  expect(html).toContain('aria-expanded="false"')
  expect(html).not.toContain('A disk is on its way.')
  const only = text(drawn(acknowledged, ALL))
  expect(only).toContain('Nothing new needs attention. 2 acknowledged')
})

test('more than are named are counted', () => {
  expect(text(drawn([cause()], ALL, { total: 250, acknowledged: 10 }))).toContain('Needs attention 240')
  expect(text(drawn([cause()], ALL, { total: 250, acknowledged: 10 }))).toContain('239 more, with less reach.')
})

const ABOUT = {
  server: { kind: 'server', id: null, name: 'nas a' },
  mount: { kind: 'mount', id: 'mnt_1', name: 'm' },
  host: { kind: 'host', id: 'hst_1', name: 'h' },
  hosts: { kind: 'hosts', id: null, name: '5 hosts' },
} as const

test.each([
  ['server', 1, 1, 2, '2 backends, 1 mount on web-0'],
  ['server', 0, 0, 2, '2 backends'],
  ['mount', 2, 1, 0, 'on web-0 and web-1'],
  ['host', 1, 0, 0, ''],
  ['host', 1, 1, 0, '· 1 mount affected'],
  ['hosts', 5, 7, 0, '· 7 mounts affected'],
] as const)('the reach of a %s over %i hosts, %i mounts and %i backends', (about, hosts, mounts, backends, words) => {
  expect(reachWords(cause({ subject: ABOUT[about] }, hosts, mounts, backends))).toBe(words)
})

test.each([
  ['host', 'host_away', '/hosts/hst_1', 'See why'],
  ['host', 'tools_missing', '/hosts/hst_1', 'Install'],
  ['hosts', 'host_away', '/hosts?status=offline', 'See them'],
  ['hosts', 'tools_missing', '/hosts', 'See them'],
  ['server', 'storage', '/backends?q=nas%20a', 'See why'],
  ['mount', 'drift', '/mounts/mnt_1', 'See change'],
] as const)('the way to a %s with %s', (about, kind, href, word) => {
  expect(hrefOf({ kind, subject: ABOUT[about] })).toBe(href)
  expect(openWord({ kind, subject: ABOUT[about] })).toBe(word)
})
