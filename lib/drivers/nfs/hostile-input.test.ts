import { describe, it, vi } from 'vitest'
import { parseBackendInput } from '@/lib/drivers/input'
import { nfs } from '@/lib/drivers/nfs/descriptor'
import { nfsMounting } from '@/lib/drivers/nfs/mount-options'
import { everyInput, everyText, expectSafeMount, hostile, numbers } from '@/testing/drivers/hostile-input'

// A busy machine may take its time.
vi.setConfig({ testTimeout: 120_000 })

const CLOSED_SET =
  /^(?:vers=(?:3|4(?:\.[012])?)|hard|soft|softerr|retry=0|(?:timeo|retrans|port|nconnect|rsize|wsize|actimeo)=\d{1,7}|proto=(?:tcp6?|rdma)|sec=(?:sys|krb5[ip]?)|lookupcache=(?:all|positive|none)|nolock|sync|noatime|nordirplus|noresvport|noexec|remount|bind|rw|ro|nosuid|nodev)$/

describe('hostile input', () => {
  const base = { server: 'nas.example.com', export_path: '/export/media' }
  const use = (flat: Record<string, unknown>) => {
    const config = nfs.config.parse(parseBackendInput('nfs', flat).config)
    expectSafeMount(
      nfsMounting.request(config, { mountId: 'mnt_x', path: '/mnt/x', readOnly: false }),
      /^(?:[A-Za-z0-9_][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\]):\/[^\p{Cc}\\]*$/u,
      CLOSED_SET,
    )
  }

  it('server', () => {
    const values = hostile(['nas', 'nas-1.example.com', '192.0.2.10', '2001:db8::10', '[2001:db8::10]'])
    everyInput(values, 'server', (server) => use({ ...base, server }))
  })

  it('export_path', () => {
    everyInput(hostile(['/', '/export/media', '/a/b/c/']), 'export_path', (export_path) =>
      use({ ...base, export_path }),
    )
  })

  it.each(['mount_options', 'options', 'nfs_options'])('%s', (field) => {
    const values = hostile([
      'rw,soft,timeo=50',
      'vers=4.1',
      'hard,noatime,rsize=65536',
      'sec=krb5',
      'defaults',
      'nconnect=4',
    ])
    // Values inside a known option are refused under the option's own field.
    everyText(values, (text) => use({ ...base, [field]: text }))
  })

  it.each(['timeo', 'retrans', 'rsize', 'wsize', 'port', 'nconnect', 'actimeo'])('%s', (field) => {
    everyInput(numbers, field, (value) => use({ ...base, [field]: value }))
  })

  it.each(['version', 'on_outage', 'proto', 'sec', 'lookupcache'])('%s', (field) => {
    const valid: Record<string, string[]> = {
      version: ['auto', '3', '4', '4.2'],
      on_outage: ['hard', 'soft'],
      proto: ['tcp', 'rdma'],
      sec: ['sys', 'krb5p'],
      lookupcache: ['all', 'none'],
    }
    everyInput(hostile(valid[field] ?? []), field, (value) => use({ ...base, [field]: value }))
  })
})
