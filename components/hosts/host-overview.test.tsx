import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { HostOverview } from '@/components/hosts/host-overview'
import type { HostAvailability } from '@/lib/availability/schema'
import type { HostView } from '@/lib/hosts/schema'
import { someDisk, toldDisks } from '@/testing/disks'

const HOST = {
  id: 'hst_1',
  agent_version: '9.8.7',
  created_at: '2020-01-01T12:00:00.000Z',
  observed_at: '2026-11-29T12:00:00.000Z',
  certificate_serial: null,
  certificate_not_after: null,
  clock_skew_ms: null,
  mounts: { wanted: 2, mounted: 2, failing: 0, unknown: 0 },
  info: {
    hostname: 'web-1',
    distribution: { name: 'Debian GNU/Linux 13', version: '13' },
    kernel: '6.12',
    architecture: 'x64',
    systemd: true,
    guard: 'immutable',
    agentVersion: '9.8.7',
    privilege: 'root',
    startedAt: '2026-11-01T12:00:00.000Z',
    certificate: { serial: 'ab', notAfter: '2027-11-01T12:00:00.000Z' },
    tools: [],
  },
} as unknown as HostView

function drawn(host: HostView, client = new QueryClient()): string {
  return renderToStaticMarkup(
    <QueryClientProvider client={client}>
      <HostOverview host={host} mounts={[]} connections={[]} />
    </QueryClientProvider>,
  )
}

test('system, agent and the day it joined are said once', () => {
  const html = drawn(HOST)
  for (const said of ['Debian GNU/Linux 13', '9.8.7', 'dateTime="2020-01-01', '>Joined<']) {
    expect(html.split(said).length - 1, said).toBe(1)
  }
  // That stands in the heading of the page.
  expect(html).not.toContain('>Seen<')
})

test('what libvirt there can do is said with the version that can, and nothing where there is none', () => {
  const shown = (libvirt: unknown) => {
    return drawn({ ...HOST, info: { ...HOST.info, libvirt } } as HostView)
  }
  const html = shown({ version: '9.0.0', qemu: '7.2.22', error: null })
  expect(html).toContain('9.0.0')
  expect(html).toContain('From libvirt 11.6.0 and QEMU 5.0')
  expect(html).not.toContain('From libvirt 9.0.0')
  expect(shown(null)).not.toContain('Virtual machines')
  const silent = shown({ version: null, qemu: null, error: 'Failed to connect socket' })
  expect(silent).toContain('does not answer')
  expect(silent).toContain('Failed to connect socket')
})

test('a disk is said to be as it says itself, and nothing of what it does not tell', () => {
  const shown = (disks: unknown) => {
    return drawn({ ...HOST, info: { ...HOST.info, disks } } as HostView)
  }
  const html = shown(
    toldDisks(
      someDisk({ passed: false, pending: 2 }),
      someDisk({
        name: 'nvme0n1',
        serial: 'N',
        rotates: false,
        wearPercent: 12,
        temperatureC: null,
        powerOnHours: null,
      }),
      someDisk({ name: 'nvme1n1', serial: 'W', rotates: false, wearPercent: 90 }),
      someDisk({ name: 'sdb', serial: 'B', passed: null, problem: 'It sleeps' }),
    ),
  )
  expect(html).toContain('It says that it is failing. It has 2 sectors that cannot be read.')
  expect(html).toContain('3.64 TiB · SSD · 12 % worn<')
  for (const word of ['>Failing<', '>Worn<', '>Passed<', '>Unknown<', 'It sleeps.']) expect(html).toContain(word)
  expect(shown({ ...toldDisks(someDisk({ passed: null })), hasTool: false })).toContain('smartmontools')
  expect(shown(toldDisks())).not.toContain('Local disks')
})

test('how a disk is that was asked days ago is not known, and what it is stays', () => {
  const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString()
  const shown = (hours: number) => {
    const told = toldDisks(someDisk({ rotates: false, wearPercent: 90, passed: false }))
    const disks = { ...told, at: ago(hours) }
    return drawn({ ...HOST, info: { ...HOST.info, disks } } as HostView)
  }
  expect(shown(47)).toContain('>Failing<')
  const old = shown(49)
  for (const word of ['>Unknown<', 'ACME 4000', '3.64 TiB · SSD<', 'the host told of them last']) {
    expect(old).toContain(word)
  }
  for (const word of ['Failing', 'worn', 'As they say']) expect(old).not.toContain(word)
})

test('for how long each storage could be used there, the worst first', () => {
  const health = (name: string, over: object) => ({
    backend: { id: `bkd_${name}`, name },
    objective_percent: 99.9,
    state: 'well' as const,
    since: null,
    availability_percent: 100,
    well_seconds: 86_400,
    failing_seconds: 0,
    outages: 0,
    budget_left_percent: 100,
    message: null,
    explanation: null,
    latency_ms: null,
    ...over,
  })
  const client = new QueryClient()
  client.setQueryData(['host', 'one', 'hst_1', 'availability'], {
    availability_percent: 99.7,
    well_seconds: 172_000,
    failing_seconds: 420,
    outages: 1,
    window_days: 30,
    backends: [
      health('films', {
        state: 'failing',
        availability_percent: 99.5,
        failing_seconds: 420,
        outages: 1,
        budget_left_percent: 84,
      }),
      health('new', { state: 'failing', availability_percent: 0, failing_seconds: 60, budget_left_percent: 97.7 }),
      health('music', { objective_percent: 99 }),
      health('old', { state: 'unknown' }),
    ],
  } satisfies HostAvailability)
  const text = drawn(HOST, client)
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ')
  expect(text).toContain('Availability 99.70 % Could not be used 7 min in sum Outages 1 Reachable now 1 of 3')
  expect(text).toContain('films Failing 99.5')
  expect(text).toContain('1 outage · 7 min of 43 min used')
  expect(text).toMatch(/new Failing 0\.0+ % 1 min of 43 min used/)
  expect(text).toContain('music Reachable 100 % no outage · none of 7 h 12 min used')
  expect(drawn(HOST)).not.toContain('Availability')
})
