import { describe, it, vi } from 'vitest'
import { parseBackendInput } from '@/lib/drivers/input'
import { peersOf, WolfdiskConfig } from '@/lib/drivers/wolfdisk/config'
import { renderWolfdiskConfig } from '@/lib/drivers/wolfdisk/config-toml'
import { wolfdiskMountRequest } from '@/lib/drivers/wolfdisk/wolfdisk-mount'
import { ensure, everyInput, expectPlain, hostile, numbers } from '@/testing/drivers/hostile-input'

// A busy machine may take its time.
vi.setConfig({ testTimeout: 120_000 })

/** A second reader of config.toml: every line of it, and texts in which nothing has a meaning. */
const TEXT = '"[A-Za-z0-9/._: \\[\\]-]*"'
const LINES = [
  ...['\\[node\\]', `id = ${TEXT}`, `role = ${TEXT}`, `bind = ${TEXT}`, `data_dir = ${TEXT}`, ''],
  ...['\\[cluster\\]', `peers = \\[(?:\\]| ${TEXT}(?:, ${TEXT})* \\])`, `(?:discovery = ${TEXT}\n)?`],
  ...['\\[replication\\]', `mode = ${TEXT}`, 'factor = \\d+', 'chunk_size = \\d+', ''],
  ...['\\[mount\\]', 'path = "/mnt/x"', 'allow_other = true', '', '\\[s3\\]', 'enabled = false', ''],
]
const FILE = new RegExp(`^${LINES.join('\n')}$`)

const BASE = { data_dir: '/var/lib/wolfdisk', peers: '10.0.0.11' }

function use(flat: Record<string, unknown>): void {
  const config = WolfdiskConfig.parse(parseBackendInput('wolfdisk', { ...BASE, ...flat }).config)
  const toml = renderWolfdiskConfig(config, {
    nodeId: config.node_id ?? 'web-1',
    role: config.role,
    bind: config.bind,
    dataDir: config.data_dir,
    target: '/mnt/x',
    peers: peersOf(config),
  })
  ensure(FILE.test(toml), toml)
  ensure(!config.data_dir.split('/').includes('..'), config.data_dir)
  const onHost = { program: 'wolfdisk', configFile: '/run/x/config.toml' } as const
  const { args } = wolfdiskMountRequest(config, { mountId: 'mnt_x', path: '/mnt/x', readOnly: false }, onHost).daemon
  expectPlain(args)
  ensure(args.length === 5 && /^\/[A-Za-z0-9._/-]+\.toml$/.test(args[1] ?? ''), args.join(' '))
}

describe('hostile input', () => {
  const valid: Record<string, string[]> = {
    config_file: ['/etc/wolfdisk/config.toml', '/etc/wolfdisk/node-2.toml'],
    peers: ['10.0.0.11, 10.0.0.12:8550', 'node-2.example.com', '[2001:db8::20]:9500'],
    discovery: ['udp://239.255.0.1:9501', 'off'],
    bind: ['0.0.0.0:9500', '[::]:8550', '10.0.0.10:9500'],
    node_id: ['web-1', 'node.2'],
    data_dir: ['/var/lib/wolfdisk', '/srv/wolf disk/', '/mnt/nvme0/wolf'],
    role: ['auto', 'client'],
    replication: ['shared', 'replicated'],
  }
  it.each(Object.keys(valid))('%s', (field) => {
    everyInput(hostile(valid[field] ?? []), field, (value) => use({ [field]: value }))
  })

  it.each(['replication_factor', 'chunk_size'])('%s', (field) => {
    everyInput(numbers, field, (value) => use({ [field]: value }))
  })
})
