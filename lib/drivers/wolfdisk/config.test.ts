import { describe, expect, it } from 'vitest'
import { commandLine } from '@/lib/drivers/command-line'
import { parseBackendInput } from '@/lib/drivers/input'
import { mountCommands } from '@/lib/drivers/mounting/commands'
import { driverById } from '@/lib/drivers/registry'
import { peersOf, type WolfdiskConfig } from '@/lib/drivers/wolfdisk/config'
import { renderWolfdiskConfig } from '@/lib/drivers/wolfdisk/config-toml'
import { wolfdiskMounting } from '@/lib/drivers/wolfdisk/wolfdisk-mount'

function config(given: Record<string, unknown> = {}): WolfdiskConfig {
  return parseBackendInput('wolfdisk', { data_dir: '/var/lib/wolfdisk', ...given }).config as WolfdiskConfig
}

describe('the settings of WolfDisk', () => {
  it('become the documented config.toml', () => {
    const given = config({ peers: '10.0.0.11 , nas.example.com:8550', role: 'client', replication: 'replicated' })
    const node = { nodeId: 'host-1', role: 'client', bind: '0.0.0.0:9500', dataDir: '/var/lib/wolfdisk' } as const
    expect(renderWolfdiskConfig(given, { ...node, target: '/mnt/wolf', peers: peersOf(given) }).split('\n')).toEqual([
      '[node]',
      'id = "host-1"',
      'role = "client"',
      'bind = "0.0.0.0:9500"',
      'data_dir = "/var/lib/wolfdisk"',
      '',
      '[cluster]',
      'peers = [ "10.0.0.11:9500", "nas.example.com:8550" ]',
      'discovery = "udp://239.255.0.1:9501"',
      '',
      '[replication]',
      'mode = "replicated"',
      'factor = 3',
      'chunk_size = 4194304',
      '',
      '[mount]',
      'path = "/mnt/wolf"',
      'allow_other = true',
      '',
      '[s3]',
      'enabled = false',
      '',
    ])
  })

  it.each([
    [{ peers: 'a b:0' }, 'config.peers'],
    [{ peers: 'nas:9500:1' }, 'config.peers'],
    [{ peers: '"; rm' }, 'config.peers'],
    [{ data_dir: '/etc/wolfdisk' }, 'config.data_dir'],
    [{ data_dir: '/var/lib/docker/wolf' }, 'config.data_dir'],
    [{ data_dir: '/srv/"x' }, 'config.data_dir'],
    [{ config_file: '/etc/shadow' }, 'config.config_file'],
    [{ config_file: '/etc/wolfdisk/../shadow.toml' }, 'config.config_file'],
    [{ bind: '9500' }, 'config.bind'],
    [{ discovery: 'udp://10.0.0.1:9501' }, 'config.discovery'],
    [{ node_id: 'a b' }, 'config.node_id'],
    [{ role: 'client', discovery: 'off' }, 'config.peers'],
  ])('are refused by name: %j', (given, field) => {
    expect(() => config(given)).toThrow(expect.objectContaining({ fields: [expect.objectContaining({ field })] }))
  })

  it('name the hosts that it talks to, and the commands as they will run', () => {
    const descriptor = driverById('wolfdisk')
    const given = config({ peers: '[2001:db8::1]:9500, nas' })
    expect(descriptor.servers?.(given)).toEqual(['2001:db8::1', 'nas'])
    expect(peersOf(given)).toEqual([
      { host: '[2001:db8::1]', port: 9500 },
      { host: 'nas', port: 9500 },
    ])
    const request = wolfdiskMounting.request(given, { mountId: 'mnt_w', path: '/mnt/wolf', readOnly: true })
    expect(mountCommands(request).map(commandLine)).toEqual([
      'wolfdisk --config …/config.toml mount --mountpoint /mnt/wolf',
      'mount -c -o remount,bind,noexec,ro,nosuid,nodev -- /mnt/wolf',
    ])
  })
})
