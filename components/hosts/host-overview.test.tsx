import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { HostOverview } from '@/components/hosts/host-overview'
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

test('system, agent and the day it joined are said once', () => {
  const html = renderToStaticMarkup(<HostOverview host={HOST} mounts={[]} connections={[]} />)
  for (const said of ['Debian GNU/Linux 13', '9.8.7', 'dateTime="2020-01-01', '>Joined<']) {
    expect(html.split(said).length - 1, said).toBe(1)
  }
  // That stands in the heading of the page.
  expect(html).not.toContain('>Seen<')
})

test('what libvirt there can do is said with the version that can, and nothing where there is none', () => {
  const shown = (libvirt: unknown) => {
    const host = { ...HOST, info: { ...HOST.info, libvirt } } as HostView
    return renderToStaticMarkup(<HostOverview host={host} mounts={[]} connections={[]} />)
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
    const host = { ...HOST, info: { ...HOST.info, disks } } as HostView
    return renderToStaticMarkup(<HostOverview host={host} mounts={[]} connections={[]} />)
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
