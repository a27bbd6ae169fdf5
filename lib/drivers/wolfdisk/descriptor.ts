import { z } from 'zod'
import { defineDriver } from '@/lib/drivers/contract/descriptor'
import { MOUNT_FIELDS } from '@/lib/drivers/options/mount-fields'
import { checkWolfdisk, peersOf, WolfdiskConfig } from '@/lib/drivers/wolfdisk/config'
import { problems } from '@/lib/drivers/wolfdisk/problems'
import { wolfdiskMounting } from '@/lib/drivers/wolfdisk/wolfdisk-mount'

export const wolfdisk = defineDriver({
  id: 'wolfdisk',
  title: 'WolfDisk',
  summary: 'a file system that WolfDisk nodes share with each other',
  access: 'file',
  config: WolfdiskConfig,
  secrets: z.strictObject({}),
  fixedAfterCreate: {
    data_dir: 'Another data directory is another storage: create a new backend for it.',
  },
  // Each host runs a node of its own, in a network of its own.
  overridable: ['node_id', 'bind', 'role', 'peers', 'noexec'],
  fields: {
    config_file: {
      label: 'Configuration file',
      help: 'A file that is on the hosts already. Empty: Holdfast writes one from the fields below.',
      placeholder: '/etc/wolfdisk/config.toml',
      group: 'advanced',
      control: 'path',
    },
    role: {
      label: 'Role',
      help: 'A client keeps no data of its own.',
      group: 'essential',
      control: 'select',
      choices: { auto: 'Decided by the nodes', leader: 'Leader', follower: 'Follower', client: 'Client' },
    },
    peers: {
      label: 'Peers',
      help: 'Other nodes, with commas between them. Port 9500 unless another is named.',
      placeholder: '10.0.0.11, 10.0.0.12:8550',
      group: 'essential',
      control: 'text',
      optionsFrom: 'peers',
    },
    discovery: {
      label: 'Discovery',
      help: 'Multicast address by which nodes find each other, or "off".',
      group: 'advanced',
      control: 'text',
    },
    bind: {
      label: 'Listen on',
      help: 'Address and port for the other nodes.',
      group: 'advanced',
      control: 'text',
    },
    node_id: {
      label: 'Node id',
      help: 'Empty: the name of each host. It must differ between hosts.',
      group: 'advanced',
      control: 'text',
    },
    data_dir: {
      label: 'Data directory',
      help: 'Where a node keeps its part of the data, on every host. Each needs its own disk space for it.',
      placeholder: '/var/lib/wolfdisk',
      group: 'essential',
      control: 'path',
    },
    replication: {
      label: 'Replication',
      group: 'advanced',
      control: 'select',
      choices: { shared: 'Shared: one copy, read from where it is', replicated: 'Replicated: copies on several nodes' },
    },
    replication_factor: {
      label: 'Copies',
      help: 'On how many nodes each piece is kept.',
      group: 'advanced',
      control: 'number',
      visibleWhen: { field: 'replication', is: ['replicated'] },
    },
    chunk_size: { label: 'Piece size', group: 'advanced', control: 'size' },
    ...MOUNT_FIELDS,
  },
  capabilities: ['mount', 'usage', 'discover'],
  discoveries: { peers: 'Look for peers' },
  scope: 'fleet',
  hostFileSystems: { fuse: 'fuse' },
  hostCommands: ['mount', 'umount', 'wolfdisk', 'wolfdiskctl'],
  servers: (config) => peersOf(config).map(({ host }) => host.replace(/^\[(.*)\]$/, '$1')),
  problems,
  describeSource: (config) => {
    const [peer] = peersOf(config)
    const from = config.config_file ?? config.data_dir
    return peer === undefined ? `wolfdisk ${from}` : `wolfdisk ${peer.host}:${peer.port} ${from}`
  },
  mounting: wolfdiskMounting,
  existingMounts: {
    fsTypes: ['fuse.wolfdisk'],
    read: () => ({
      reason: 'A WolfDisk mount belongs to the node that serves it. Make a backend of type WolfDisk instead.',
      isForeign: true,
    }),
  },
  wolfstack: {
    type: 'wolfdisk',
    fields: { data_dir: 'source', config_file: 'source' },
    // WolfStack names the configuration file, its plan the directory.
    configFrom({ source }) {
      if (source === undefined) return {}
      return source.endsWith('.toml')
        ? { config_file: source, data_dir: '/var/lib/wolfdisk' }
        : { data_dir: source || '/var/lib/wolfdisk' }
    },
    sourceOf: ({ config_file, data_dir }) => config_file ?? data_dir,
  },
  check: checkWolfdisk,
})
